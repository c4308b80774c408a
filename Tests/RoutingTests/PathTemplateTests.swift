internal import Routing
internal import Testing

@Suite("PathTemplate")
struct PathTemplateTests {
    @Test(
        "a template is read into its shape",
        arguments: [
            ("/", "/"),
            ("/v1/users", "/v1/users"),
            ("/v1/{id}", "/v1/*"),
            ("/v1/<id>", "/v1/*"),
            ("/v1/<name=shelves/*>/books", "/v1/shelves/*/books"),
            ("/{x=**}", "/**"),
            ("/{a.b.c=x/**}:do", "/x/**:do"),
            ("/*/{_u}/**", "/*/*/**"),
            ("/a%20b:v%20c", "/a%20b:v%20c"),
            ("/a=b&c=d;e=f/(x)", "/a=b&c=d;e=f/(x)"),
            ("/caf\u{E9}", "/caf%C3%A9"),
        ]
    )
    func shapes(text: String, shape: String) throws {
        let template = try PathTemplate(text)
        #expect(template.shape == shape)
        #expect(template.description == text)
    }

    @Test("variables know their segments")
    func variables() throws {
        let template = try PathTemplate("/v1/{name=shelves/*}/x/{a.b}/{rest=**}:do")
        #expect(template.verb == "do")
        #expect(template.endsDeep)
        let found = template.variables
        #expect(found.map(\.name) == ["name", "a.b", "rest"])
        #expect(found.map(\.firstSegment) == [1, 4, 5])
        #expect(found.map(\.endSegment) == [3, 5, nil])
        #expect(found.map(\.isMultiSegment) == [true, false, true])
        #expect(found.map(\.column) == [6, 25, 31])
    }

    @Test("a variable with a literal of its own is one segment")
    func literalVariable() throws {
        #expect(try PathTemplate("/{x=a}").variables.first?.isMultiSegment == false)
        #expect(try PathTemplate("/{x=a/b}").variables.first?.isMultiSegment == true)
    }

    @Test(
        "an error says where, what was expected and what was found",
        arguments: [
            ("", "column 1: expected '/' at the start, found end of template"),
            ("v1", "column 1: expected '/' at the start, found 'v'"),
            ("/a/", "column 4: expected a literal, '*', '**' or a variable, found end of template"),
            ("/a//b", "column 4: expected a literal, '*', '**' or a variable, found '/'"),
            ("/:v", "column 2: expected a literal, '*', '**' or a variable, found ':'"),
            ("/a:", "column 4: expected a verb, found end of template"),
            ("/a:b:c", "column 5: expected '/', ':' or the end, found ':'"),
            ("/v1/{user-id}", "column 10: expected '}', found '-'"),
            ("/v1/{id>", "column 8: expected '}', found '>'"),
            ("/v1/<id}", "column 8: expected '>', found '}'"),
            ("/{1}", "column 3: expected a field name, found '1'"),
            ("/{x.}", "column 5: expected a field name, found '}'"),
            ("/{x=}", "column 5: expected a literal, '*', '**' or a variable, found '}'"),
            ("/{x={y}}", "column 5: expected no variable inside a variable, found '{'"),
            (
                "/{x=**}/a",
                "column 8: expected the end, because '**' has to be the last segment, found '/'"
            ),
            ("/{x}/{x}", "column 7: expected each variable once, found 'x' again"),
            ("/a%2z", "column 5: expected two hexadecimal digits after '%', found 'z'"),
            ("/a%", "column 4: expected two hexadecimal digits after '%', found end of template"),
            ("/a?b", "column 3: expected '/', ':' or the end, found '?'"),
            ("/\u{7B2C}{x}", "column 3: expected '/', ':' or the end, found '{'"),
            ("/a/*b", "column 5: expected '/', ':' or the end, found 'b'"),
            ("/{x=a:b}", "column 6: expected '}', found ':'"),
            ("/a \u{7B2C}", "column 3: expected '/', ':' or the end, found ' '"),
        ]
    )
    func errors(text: String, message: String) {
        let error = #expect(throws: TemplateError.self) { try PathTemplate(text) }
        #expect(error?.description == message)
    }

    @Test("the number of segments is bounded")
    func segmentLimit() throws {
        let most = String(repeating: "/a", count: PathTemplate.maxSegments)
        #expect(try PathTemplate(most).segments.count == PathTemplate.maxSegments)
        #expect(throws: TemplateError.self) { try PathTemplate(most + "/a") }
    }
}
