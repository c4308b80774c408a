internal import Bytes
internal import Exchanges
internal import HTTPMessages
internal import Policies
internal import Testing

@Suite("What a route's policies make of an answer")
struct AnswerTermsTests {
    private static let tag = EntityTag(high: 1, low: 2)
    private static let quoted = "\"00000000000000010000000000000002\""

    private func terms(
        _ lines: [String],
        verb: String = "GET",
        cors: [String] = [],
        cacheControl: String = "",
        hasEntityTag: Bool = true,
        compresses: Bool = true
    ) throws -> AnswerTerms {
        let policy = AnswerPolicy(
            cors: cors.isEmpty ? nil : try CORSPolicy(.init(origins: cors)),
            cacheControl: cacheControl,
            hasEntityTag: hasEntityTag,
            compression: compresses ? try CompressionPolicy(minimum: 10) : nil
        )
        let terms = AnswerTerms()
        terms.take(try #require(policy), try TestRequest.head(lines, verb: verb))
        return terms
    }

    private func decide(
        _ terms: AnswerTerms,
        type: String = "application/json",
        size: Int? = 100,
        cacheControl: String? = nil
    ) -> ContentCoding {
        withBytes(type) { type in
            withBytes(cacheControl ?? "") {
                terms.decideCoding(
                    type: type,
                    size: size,
                    cacheControl: cacheControl == nil ? nil : $0
                )
            }
        }
        return terms.coding
    }

    private func fields(
        _ terms: AnswerTerms,
        isModified: Bool = true,
        backendTag: String? = nil,
        hasCacheControl: Bool = false
    ) -> String {
        var head = OutputBuffer()
        withBytes(backendTag ?? "") {
            terms.appendFields(
                isModified: isModified,
                backendTag: backendTag == nil ? nil : $0,
                hasCacheControl: hasCacheControl,
                into: &head
            )
        }
        return head.text()
    }

    @Test("nothing to do is no policy")
    func nothing() {
        #expect(AnswerPolicy() == nil)
    }

    @Test("a plain answer has a strong tag, a coded one a weak one")
    func tags() throws {
        let plain = try self.terms([])
        #expect(self.decide(plain) == .identity)
        #expect(plain.wantsTag)
        #expect(plain.decide(tag: Self.tag) == .proceed)
        #expect(self.fields(plain) == "vary: accept-encoding\r\netag: \(Self.quoted)\r\n")
        #expect(plain.hidden == [])

        let coded = try self.terms(["Accept-Encoding: gzip"])
        #expect(self.decide(coded) == .gzip)
        #expect(coded.decide(tag: Self.tag) == .proceed)
        #expect(
            self.fields(coded) == "content-encoding: gzip\r\nvary: accept-encoding\r\n"
                + "etag: W/\(Self.quoted)\r\n"
        )
    }

    @Test("a backend's tag is weakened with the coding, and only then")
    func backendTag() throws {
        let coded = try self.terms(["Accept-Encoding: gzip"], hasEntityTag: false)
        #expect(self.decide(coded) == .gzip)
        #expect(coded.hidden == .entityTag)
        #expect(self.fields(coded, backendTag: "\"a\"").contains("etag: W/\"a\"\r\n"))
        coded.giveUpCoding()
        #expect(coded.hidden == [])
        #expect(!self.fields(coded, backendTag: "\"a\"").contains("etag"))
    }

    @Test("conditions compare weakly, in however many lines they come")
    func conditions() throws {
        let lines = ["If-None-Match: \"x\"", "If-None-Match: W/\(Self.quoted)"]
        #expect(try self.terms(lines).decide(tag: Self.tag) == .notModified)
        #expect(try self.terms(["If-None-Match: *"]).decide(tag: Self.tag) == .notModified)
        #expect(try self.terms(["If-None-Match: \"x\""]).decide(tag: Self.tag) == .proceed)
        #expect(try self.terms(["If-Match: \"x\""]).decide(tag: Self.tag) == .failed)
        #expect(try self.terms(["If-Match: \(Self.quoted)"]).decide(tag: Self.tag) == .proceed)
        let backend = try self.terms(["If-None-Match: \"b\""])
        #expect(withBytes("\"b\"") { backend.decide(backendTag: $0) } == .notModified)
    }

    @Test("only GET and HEAD have tags")
    func verbs() throws {
        #expect(try self.terms([], verb: "HEAD").wantsTag)
        #expect(!(try self.terms([], verb: "POST").wantsTag))
        #expect(!(try self.terms([], hasEntityTag: false).wantsTag))
    }

    @Test("a 304 has the tag and no coding")
    func notModified() throws {
        let terms = try self.terms(["Accept-Encoding: br"], cacheControl: "max-age=5")
        #expect(self.decide(terms) == .br)
        _ = terms.decide(tag: Self.tag)
        let fields = self.fields(terms, isModified: false)
        #expect(
            fields == "vary: accept-encoding\r\netag: W/\(Self.quoted)\r\n"
                + "cache-control: max-age=5\r\n"
        )
    }

    @Test("what must not be transformed is not; the backend's word goes before the route's")
    func noTransform() throws {
        let zstd = ["Accept-Encoding: zstd"]
        let backend = try self.terms(zstd)
        #expect(self.decide(backend, cacheControl: "public, No-Transform") == .identity)
        let route = try self.terms(zstd, cacheControl: "no-transform")
        #expect(self.decide(route) == .identity)
        let both = try self.terms(zstd, cacheControl: "no-transform")
        #expect(self.decide(both, cacheControl: "max-age=1") == .zstd)
    }

    @Test("a backend's Cache-Control keeps the route's away")
    func cacheControl() throws {
        let terms = try self.terms([], cacheControl: "no-store", compresses: false)
        #expect(self.fields(terms) == "cache-control: no-store\r\n")
        #expect(self.fields(terms, hasCacheControl: true) == "")
    }

    @Test("the origin is kept for answers and errors, and forgotten with the request")
    func origin() throws {
        let terms = try self.terms(["Origin: https://a.b"], cors: ["https://a.b"])
        var head = OutputBuffer()
        terms.appendErrorFields(into: &head)
        #expect(head.text().contains("access-control-allow-origin: https://a.b\r\n"))
        #expect(terms.hidden == .accessControl)
        terms.reset()
        head.removeAll()
        terms.appendErrorFields(into: &head)
        #expect(head.text() == "")
        let other = try self.terms(["Origin: https://c.d"], cors: ["https://a.b"])
        other.appendErrorFields(into: &head)
        #expect(head.text() == "vary: origin\r\n")
    }
}
