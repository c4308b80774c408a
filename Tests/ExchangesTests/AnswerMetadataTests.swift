internal import Bytes
internal import Exchanges
internal import GRPC
internal import Policies
internal import Testing

@Suite("Metadata of an answer")
struct AnswerMetadataTests {
    private func append(
        _ entries: [(String, String)],
        except headers: [FieldTemplate] = []
    ) -> (text: String, hasChallenge: Bool) {
        var metadata = MetadataList()
        metadata.append(entries)
        var output = OutputBuffer()
        let hasChallenge = AnswerMetadata.append(
            metadata,
            policy: ResponseMetadataPolicy(added: ["x-a"]),
            except: headers,
            to: &output
        )
        return (output.text(), hasChallenge)
    }

    @Test("only what is allowed is written, in order")
    func allowed() {
        let (text, _) = self.append([
            ("x-internal", "1"), ("etag", "\"e\""), ("grpc-status", "0"), ("x-a", "1"),
            ("x-a", "2"),
        ])
        #expect(text == "etag: \"e\"\r\nx-a: 1\r\nx-a: 2\r\n")
    }

    @Test(
        "no control character of a backend leaves",
        arguments: ["a\r\nx: y", "a\nb", "a\rb", "a\0b", "\u{1}", "a\u{7f}"]
    )
    func control(value: String) {
        #expect(self.append([("x-a", value)]).text.isEmpty)
        let challenge = self.append([("www-authenticate", value)])
        #expect(challenge.text.isEmpty && !challenge.hasChallenge)
    }

    @Test("what the route sets itself is not the backend's")
    func except() {
        let location = FieldTemplate(name: "location", parts: [.text([0x2F])])
        let (text, _) = self.append([("location", "/b"), ("x-a", "1")], except: [location])
        #expect(text == "x-a: 1\r\n")
        #expect(self.append([("location", "/b")]).text == "location: /b\r\n")
    }

    @Test("a challenge is seen when it is written and says something")
    func challenge() {
        let basic = self.append([("x-a", "1"), ("www-authenticate", "Basic realm=\"a\"")])
        #expect(basic.hasChallenge)
        #expect(basic.text.contains("www-authenticate: Basic realm=\"a\"\r\n"))
        #expect(!self.append([("www-authenticate", "")]).hasChallenge)
        #expect(!self.append([("x-a", "Bearer")]).hasChallenge)
        #expect(!self.append([]).hasChallenge)
    }

    @Test("a 401 without one gets Bearer")
    func bearer() {
        var output = OutputBuffer()
        AnswerMetadata.appendChallenge(to: &output)
        #expect(output.text() == "www-authenticate: Bearer\r\n")
    }
}
