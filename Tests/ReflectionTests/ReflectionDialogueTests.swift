internal import Schema
internal import Testing

@testable internal import Reflection

/// A backend that answers questions from a table.
private struct Server {
    var services: [String] = []
    /// By question; what is not there is NOT_FOUND.
    var answers: [ReflectionQuestion: ReflectionAnswer] = [:]
    private(set) var asked: [ReflectionQuestion] = []

    mutating func add(_ bytes: [UInt8]) throws {
        let outline = try FileOutline(bytes)
        self.answers[.file(outline.name)] = .files([bytes[...]])
        for service in outline.services {
            self.services.append(service)
            self.answers[.fileDeclaring(service)] = .files([bytes[...]])
        }
    }

    /// Carries a dialogue to its end.
    mutating func run(
        _ dialogue: inout ReflectionDialogue,
        most: Int = 100_000
    ) -> ReflectionDialogue.Step {
        var waiting: [ReflectionQuestion] = []
        for _ in 0..<most {
            switch dialogue.next() {
            case .ask(let question):
                self.asked.append(question)
                waiting.append(question)
            case .wait:
                dialogue.answered(self.answer(waiting.removeFirst()))
            case .done: return .done
            case .failed(let reason): return .failed(reason)
            }
        }
        return .wait
    }

    func answer(_ question: ReflectionQuestion) -> ReflectionAnswer {
        if let answer = self.answers[question] { return answer }
        return question == .services ? .services(self.services) : .refusal("NOT_FOUND: not here")
    }
}

@Suite("What is asked of a backend next")
struct ReflectionDialogueTests {
    private func dialogue(
        _ change: (inout ReflectionLimits) -> Void = { _ in },
        isWanted: @escaping @Sendable (String) -> Bool = { _ in true }
    ) -> ReflectionDialogue {
        var limits = ReflectionLimits()
        change(&limits)
        return ReflectionDialogue(limits: limits, isWanted: isWanted)
    }

    @Test("services, then their files, then what these import, each once")
    func story() throws {
        var server = Server()
        try server.add(
            Descriptors.file("a.proto", imports: ["b.proto", "c.proto"], services: ["A"])
        )
        try server.add(Descriptors.file("b.proto", imports: ["c.proto"]))
        try server.add(
            Descriptors.file("c.proto", imports: ["google/protobuf/any.proto"], services: ["C"])
        )
        try server.add(Descriptors.file("unneeded.proto"))
        var dialogue = self.dialogue { $0.questionsAtOnce = 1 }
        #expect(server.run(&dialogue) == .done)
        #expect(
            server.asked == [
                .services, .fileDeclaring("A"), .fileDeclaring("C"), .file("b.proto"),
            ]
        )
        let (schema, warnings) = dialogue.outcome(backend: "users")
        #expect(schema.services == ["A", "C"])
        #expect(schema.files.map(\.name) == ["a.proto", "b.proto", "c.proto"])
        #expect(schema.backend == "users")
        #expect(warnings == [])
    }

    @Test("files that come with an answer are not asked for")
    func company() throws {
        var server = Server()
        let first = try Descriptors.file("a.proto", imports: ["b.proto"], services: ["A"])
        let second = try Descriptors.file("b.proto")
        try server.add(first)
        server.answers[.fileDeclaring("A")] = .files([first[...], second[...]])
        var dialogue = self.dialogue()
        #expect(server.run(&dialogue) == .done)
        #expect(server.asked == [.services, .fileDeclaring("A")])
        #expect(dialogue.outcome(backend: "").schema.files.count == 2)
    }

    @Test("imports may go round in a circle")
    func circle() throws {
        var server = Server()
        try server.add(Descriptors.file("a.proto", imports: ["b.proto"], services: ["A"]))
        try server.add(Descriptors.file("b.proto", imports: ["a.proto", "b.proto"]))
        var dialogue = self.dialogue()
        #expect(server.run(&dialogue) == .done)
        let (schema, warnings) = dialogue.outcome(backend: "")
        #expect(schema.files.count == 2 && schema.services == ["A"] && warnings == [])
    }

    @Test("a service whose file, or an import of it, cannot be had is left out")
    func lacking() throws {
        var server = Server()
        try server.add(Descriptors.file("a.proto", imports: ["b.proto"], services: ["A"]))
        try server.add(Descriptors.file("b.proto", imports: ["gone.proto"]))
        try server.add(Descriptors.file("d.proto", package: "d", services: ["D"]))
        server.services += ["Gone", "Else", "Bytes", "no name"]
        server.answers[.fileDeclaring("Else")] = .files([try Descriptors.file("else.proto")[...]])
        server.answers[.fileDeclaring("Bytes")] = .files([[0xFF, 0xFF]])
        var dialogue = self.dialogue()
        #expect(server.run(&dialogue) == .done)
        let (schema, warnings) = dialogue.outcome(backend: "")
        #expect(schema.services == ["d.D"])
        #expect(schema.files.map(\.name) == ["d.proto"])
        #expect(
            warnings.map(\.message) == [
                "it lists a service with the name 'no name'",
                "the service 'A' is left out, for the file 'gone.proto' cannot be had: "
                    + "NOT_FOUND: not here",
                "the service 'Bytes' is left out: "
                    + "it answered with bytes that are no file's descriptor",
                "the service 'Else' is left out: it answered with another file",
                "the service 'Gone' is left out: NOT_FOUND: not here",
            ]
        )
    }

    @Test("a weak import may be missing")
    func weak() throws {
        var server = Server()
        try server.add(
            Descriptors.file(
                "a.proto",
                imports: ["b.proto", "c.proto"],
                weak: [0, 1],
                services: ["A"]
            )
        )
        try server.add(Descriptors.file("c.proto", imports: ["gone.proto"]))
        var dialogue = self.dialogue()
        #expect(server.run(&dialogue) == .done)
        let (schema, warnings) = dialogue.outcome(backend: "")
        #expect(schema.files.map(\.name) == ["a.proto"] && warnings == [])
    }

    @Test("services that are not wanted are not asked for")
    func wanted() throws {
        var server = Server()
        try server.add(Descriptors.file("a.proto", package: "a", services: ["A"]))
        try server.add(Descriptors.file("h.proto", package: "grpc.health.v1", services: ["Health"]))
        var dialogue = self.dialogue(isWanted: { !$0.hasPrefix("grpc.") })
        #expect(server.run(&dialogue) == .done)
        #expect(server.asked == [.services, .fileDeclaring("a.A")])
    }

    @Test("a backend without services has an empty schema")
    func empty() {
        var server = Server()
        var dialogue = self.dialogue()
        #expect(server.run(&dialogue) == .done)
        #expect(
            dialogue.outcome(backend: "b").schema
                == ReflectedSchema(backend: "b", services: [], files: [])
        )
    }

    @Test(
        "without a list of services it fails",
        arguments: [
            (
                ReflectionAnswer.refusal("UNIMPLEMENTED: no"),
                "it does not list its services (UNIMPLEMENTED: no)"
            ),
            (.files([]), "it answered the question for its services with something else"),
            (.unreadable, "it answered the question for its services with something else"),
        ]
    )
    func noList(_ answer: ReflectionAnswer, reason: String) {
        var server = Server()
        server.answers[.services] = answer
        var dialogue = self.dialogue()
        #expect(server.run(&dialogue) == .failed(reason))
    }

    @Test("an answer too many fails it")
    func tooMany() {
        var dialogue = self.dialogue()
        dialogue.answered(.services([]))
        #expect(dialogue.next() == .failed("it answered more often than it was asked"))
    }

    @Test("questions on their way are bounded", arguments: [1, 2, 16])
    func atOnce(_ most: Int) {
        var dialogue = self.dialogue { $0.questionsAtOnce = most }
        #expect(dialogue.next() == .ask(.services))
        #expect(dialogue.next() == .wait)
        dialogue.answered(.services((0..<40).map { "S\($0)" }))
        for _ in 0..<most {
            guard case .ask = dialogue.next() else {
                Issue.record("expected a question")
                return
            }
        }
        #expect(dialogue.next() == .wait)
        dialogue.answered(.refusal(""))
        guard case .ask = dialogue.next() else {
            Issue.record("expected a question")
            return
        }
    }

    @Test("a call that ends over one question goes on with the others")
    func interrupted() throws {
        var server = Server()
        try server.add(Descriptors.file("a.proto", services: ["A"]))
        try server.add(Descriptors.file("b.proto", services: ["B"]))
        try server.add(Descriptors.file("c.proto", services: ["C"]))
        var dialogue = self.dialogue { $0.questionsAtOnce = 2 }
        #expect(dialogue.next() == .ask(.services))
        #expect(dialogue.isListing)
        var goesOn = dialogue.interrupted("NOT_FOUND")
        #expect(!goesOn)
        dialogue.answered(.services(server.services))
        #expect(dialogue.next() == .ask(.fileDeclaring("A")))
        #expect(dialogue.next() == .ask(.fileDeclaring("B")))
        goesOn = dialogue.interrupted("NOT_FOUND: no A")
        #expect(goesOn && !dialogue.isListing)
        #expect(server.run(&dialogue) == .done)
        #expect(server.asked == [.fileDeclaring("B"), .fileDeclaring("C")])
        goesOn = dialogue.interrupted("NOT_FOUND")
        #expect(!goesOn)
        let (schema, warnings) = dialogue.outcome(backend: "")
        #expect(schema.services == ["B", "C"])
        #expect(warnings.map(\.message) == ["the service 'A' is left out: NOT_FOUND: no A"])
    }

    @Test("a call that ends over the last question leaves nothing to ask")
    func interruptedLast() {
        var dialogue = self.dialogue()
        #expect(dialogue.next() == .ask(.services))
        dialogue.answered(.services(["A"]))
        #expect(dialogue.next() == .ask(.fileDeclaring("A")))
        let goesOn = dialogue.interrupted("NOT_FOUND: no A")
        #expect(goesOn)
        #expect(dialogue.next() == .done)
        let (schema, warnings) = dialogue.outcome(backend: "")
        #expect(schema.services.isEmpty && warnings.map(\.subject) == ["A"])
    }

    @Test("questions that are asked again count again: one more than the limit fails it")
    func interruptedAtLimit() {
        var dialogue = self.dialogue { $0.questions = 3 }
        #expect(dialogue.next() == .ask(.services))
        dialogue.answered(.services(["A", "B"]))
        #expect(dialogue.next() == .ask(.fileDeclaring("A")))
        #expect(dialogue.next() == .ask(.fileDeclaring("B")))
        let goesOn = dialogue.interrupted("NOT_FOUND: no A")
        #expect(goesOn)
        #expect(dialogue.next() == .failed("it takes more than 3 questions"))
    }

    // MARK: - Limits

    @Test("questions are bounded: one more than the limit fails it", arguments: [3, 4])
    func questions(_ count: Int) {
        var server = Server()
        server.services = (0..<count).map { "S\($0)" }
        var dialogue = self.dialogue { $0.questions = 4 }
        let expected =
            count == 3
            ? ReflectionDialogue.Step.done : .failed("it takes more than 4 questions")
        #expect(server.run(&dialogue) == expected)
        #expect(server.asked.count == 4)
    }

    @Test("files are bounded, also where each import brings another", arguments: [20, 21])
    func files(_ count: Int) throws {
        var server = Server()
        try server.add(Descriptors.file("0.proto", imports: ["1.proto"], services: ["A"]))
        for index in 1..<count {
            let imports = index + 1 < count ? ["\(index + 1).proto"] : []
            try server.add(Descriptors.file("\(index).proto", imports: imports))
        }
        var dialogue = self.dialogue { $0.files = 20 }
        let expected =
            count == 20 ? ReflectionDialogue.Step.done : .failed("it has more than 20 files")
        #expect(server.run(&dialogue) == expected)
    }

    @Test("bytes of files are bounded, and one that comes again counts once", arguments: [0, 1])
    func bytes(_ excess: Int) throws {
        var server = Server()
        let one = try Descriptors.file("a.proto", services: ["A"], comment: "x")
        let most = 1 << 20
        let comment = String(repeating: "x", count: most - one.count - 4 + 1 + excess)
        let file = try Descriptors.file("a.proto", services: ["A"], comment: comment)
        #expect(file.count == most + excess)
        try server.add(file)
        server.services.append("B")
        server.answers[.fileDeclaring("B")] = .files([file[...], file[...]])
        var dialogue = self.dialogue { $0.bytes = most }
        #expect(
            server.run(&dialogue)
                == (excess == 0 ? .done : .failed("its files have more than 1 MiB"))
        )
    }

    @Test("warnings are as many as anybody would read")
    func warnings() {
        var server = Server()
        server.services = (0..<50).map { "S\($0)" }
        var dialogue = self.dialogue()
        #expect(server.run(&dialogue) == .done)
        let warnings = dialogue.outcome(backend: "").warnings
        #expect(warnings.count == 21 && warnings.last?.message == "and 30 more of this kind")
    }

    // MARK: - Random

    @Test("whatever is answered, it ends, and what it gives is whole", arguments: 0..<200)
    func random(_ seed: Int) throws {
        var dice = Dice(seed: UInt64(seed))
        var dialogue = self.dialogue {
            $0.files = 1 + dice.below(30)
            $0.questions = 1 + dice.below(60)
            $0.questionsAtOnce = 1 + dice.below(4)
        }
        var waiting = 0
        for step in 0..<2000 {
            switch dialogue.next() {
            case .ask: waiting += 1
            case .wait:
                #expect(waiting > 0)
                if dice.below(10) == 0, dialogue.interrupted("UNKNOWN") {
                    waiting = 0
                    continue
                }
                waiting -= 1
                let answer = try Self.randomAnswer(&dice, isFirst: step == 1)
                dialogue.answered(answer)
            case .failed: return
            case .done:
                let schema = dialogue.outcome(backend: "b").schema
                let outlines = try schema.files.map { try FileOutline($0.bytes) }
                let names = Set(outlines.map(\.name))
                for outline in outlines { #expect(names.isSuperset(of: outline.imports)) }
                #expect(Set(outlines.flatMap(\.services)).isSuperset(of: schema.services))
                return
            }
        }
        Issue.record("it goes on for ever")
    }

    private static func randomAnswer(
        _ dice: inout Dice,
        isFirst: Bool
    ) throws -> ReflectionAnswer {
        let kind = isFirst ? 0 : dice.below(8)
        switch kind {
        case 0: return .services((0..<dice.below(8)).map { "S\($0)" })
        case 1: return .refusal("NOT_FOUND")
        case 2: return .unreadable
        default:
            let files = try (0..<dice.below(3)).map { _ in
                try Descriptors.file(
                    "\(dice.below(12)).proto",
                    imports: (0..<dice.below(3)).map { _ in "\(dice.below(12)).proto" },
                    services: (0..<dice.below(3)).map { _ in "S\(dice.below(8))" }
                )[...]
            }
            return .files(files)
        }
    }
}
