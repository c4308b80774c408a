internal import Schema
internal import Testing

@testable internal import Reflection

@Suite("What of a reflection is news")
struct ReflectionNewsTests {
    private typealias Ending = Result<ReflectedAnswer, ReflectionFailure>

    private let failed = Ending.failure(ReflectionFailure(message: "is gone"))

    /// An answer without these services.
    private func answered(without subjects: String...) -> Ending {
        let warnings = subjects.map { ReflectionWarning(subject: $0, message: "no \($0)") }
        let schema = ReflectedSchema(
            backend: "users",
            services: [String](),
            files: [ReflectedSchema.File]()
        )
        return .success(ReflectedAnswer(schema: schema, warnings: warnings))
    }

    private func lines(
        _ news: inout ReflectionNews,
        _ ending: Ending,
        isLoad: Bool = false
    ) -> [String] {
        news.asked(ending, backend: "users", isLoad: isLoad)
    }

    @Test("that asking fails is told once, and once that it does not")
    func failing() {
        var news = ReflectionNews()
        #expect(self.lines(&news, self.answered()) == [])
        for _ in 0..<2 {
            let told = ["transom: backend 'users' is gone; its last schema stays"]
            #expect(self.lines(&news, self.failed) == told)
            #expect(self.lines(&news, self.failed) == [] && news.isFailing)
            #expect(
                self.lines(&news, self.answered()) == ["transom: backend 'users' reflects again"]
            )
            #expect(self.lines(&news, self.answered()) == [] && !news.isFailing)
        }
    }

    @Test("the trouble of a load is told by the load, that it is over is told here")
    func loads() {
        var news = ReflectionNews()
        #expect(self.lines(&news, self.failed, isLoad: true) == [])
        #expect(self.lines(&news, self.failed) == [])
        let again = ["transom: backend 'users' reflects again"]
        #expect(self.lines(&news, self.answered(without: "A"), isLoad: true) == again)
        #expect(self.lines(&news, self.answered(without: "A")) == [])
    }

    @Test("what cannot be had is told once, until it could be had")
    func warnings() {
        var news = ReflectionNews()
        let prefix = "warning: backend 'users' reflects its schema in part: "
        #expect(self.lines(&news, self.answered(without: "A"), isLoad: true) == [])
        #expect(self.lines(&news, self.answered(without: "A", "B")) == [prefix + "no B"])
        #expect(self.lines(&news, self.answered(without: "A", "B")) == [])
        #expect(self.lines(&news, self.answered(without: "A")) == [])
        #expect(self.lines(&news, self.answered(without: "B", "A")) == [prefix + "no B"])
    }

    @Test("a failure in between makes nothing new of an old warning")
    func failureBetween() {
        var news = ReflectionNews()
        #expect(self.lines(&news, self.answered(without: "A")).count == 1)
        #expect(self.lines(&news, self.failed).count == 1)
        let again = ["transom: backend 'users' reflects again"]
        #expect(self.lines(&news, self.answered(without: "A")) == again)
    }

    @Test("other words for the same thing are no news")
    func words() {
        var news = ReflectionNews()
        for number in 0..<3 {
            let warning = ReflectionWarning(subject: "A", message: "request \(number)")
            let schema = ReflectedSchema(
                backend: "users",
                services: [String](),
                files: [ReflectedSchema.File]()
            )
            let answer = ReflectedAnswer(schema: schema, warnings: [warning])
            #expect(self.lines(&news, .success(answer)).count == (number == 0 ? 1 : 0))
        }
    }
}
