internal import Schema

/// What is asked of a backend next, and what its answers come to.
///
/// First the services; for each the file that declares it; for each file the files that it imports,
/// each once. An answer may hold more files than were asked for, which are then not asked for again.
///
///     listing -> gathering -> (nothing left to ask, nothing on its way) done
///                          -> failed: a limit, or no list
///
/// A file that cannot be had is no failure: the services that need it are left out, with a warning.
/// It knows no connection and no clock.
struct ReflectionDialogue: Sendable {
    /// What is to be done now.
    enum Step: Hashable, Sendable {
        case ask(ReflectionQuestion)
        /// Nothing before the next answer.
        case wait
        case done
        /// The backend's schema is not to be had; the reason in words.
        case failed(String)
    }

    private enum State {
        case listing
        case gathering
        case failed(String)
    }

    /// A file that came.
    struct File {
        var outline: FileOutline
        var bytes: [UInt8]
    }

    private let limits: ReflectionLimits
    private let isWanted: @Sendable (String) -> Bool
    private var state = State.listing
    private var waiting: [ReflectionQuestion] = [.services]
    private var firstWaiting = 0
    private var asked: [ReflectionQuestion] = []
    private var known: Set<ReflectionQuestion> = [.services]
    private var questions = 0
    private var bytes = 0
    /// The services that are asked for.
    private(set) var services: [String] = []
    /// By import path.
    private(set) var files: [String: File] = [:]
    /// The file of each service that was declared by any file.
    private(set) var declaring: [String: String] = [:]
    /// Why the answer to a question was of no use.
    private(set) var troubles: [ReflectionQuestion: String] = [:]
    /// What else the operator should know.
    private(set) var notes: [ReflectionWarning] = []

    /// Begins a dialogue.
    ///
    /// - Parameters:
    ///   - limits: what it may cost.
    ///   - isWanted: whether a service, by its full name, is asked for.
    init(limits: ReflectionLimits, isWanted: @escaping @Sendable (String) -> Bool) {
        self.limits = limits
        self.isWanted = isWanted
    }

    /// Whether the services are not known yet.
    var isListing: Bool {
        switch self.state {
        case .listing: true
        case .gathering, .failed: false
        }
    }

    // MARK: - Asking

    /// What is to be done now; a question that is returned is on its way from then on.
    mutating func next() -> Step {
        if case .failed(let reason) = self.state { return .failed(reason) }
        while self.asked.count < self.limits.questionsAtOnce,
            self.firstWaiting < self.waiting.count
        {
            let question = self.waiting[self.firstWaiting]
            self.firstWaiting += 1
            guard !self.isAnswered(question) else { continue }
            guard self.questions < self.limits.questions else {
                self.fail("it takes more than \(self.limits.questions) questions")
                return self.next()
            }
            self.questions += 1
            self.asked.append(question)
            return .ask(question)
        }
        return self.asked.isEmpty ? .done : .wait
    }

    /// Takes the answer to the oldest question that is on its way.
    mutating func answered(_ answer: ReflectionAnswer) {
        if case .failed = self.state { return }
        guard !self.asked.isEmpty else {
            return self.fail("it answered more often than it was asked")
        }
        let question = self.asked.removeFirst()
        switch (question, answer) {
        case (.services, .services(let names)): self.take(services: names)
        case (.services, .refusal(let words)): self.fail("it does not list its services (\(words))")
        case (.services, .files), (.services, .unreadable):
            self.fail("it answered the question for its services with something else")
        case (_, .files(let files)): self.take(files, for: question)
        case (_, .refusal(let words)): self.troubles[question] = words
        case (_, .services), (_, .unreadable):
            self.troubles[question] = "it answered with something else"
        }
    }

    /// The call was ended with an error: some servers end it over one question they cannot answer.
    ///
    /// The oldest question gets that for an answer; the others are asked again, on another call.
    ///
    /// - Parameter words: of the error.
    /// - Returns: whether there is a point in another call: not when the services are not known.
    mutating func interrupted(_ words: String) -> Bool {
        guard case .gathering = self.state, !self.asked.isEmpty else { return false }
        self.troubles[self.asked.removeFirst()] = words
        self.waiting.replaceSubrange(0..<self.firstWaiting, with: self.asked)
        self.firstWaiting = 0
        self.asked = []
        return true
    }

    private mutating func fail(_ reason: String) {
        self.state = .failed(reason)
        self.waiting = []
        self.firstWaiting = 0
        self.asked = []
        self.files = [:]
    }

    private func isAnswered(_ question: ReflectionQuestion) -> Bool {
        switch question {
        case .services: false
        case .fileDeclaring(let service): self.declaring[service] != nil
        case .file(let path): self.files[path] != nil
        }
    }

    private mutating func ask(_ question: ReflectionQuestion) {
        guard self.known.insert(question).inserted else { return }
        self.waiting.append(question)
    }

    // MARK: - Answers

    private mutating func take(services names: [String]) {
        self.state = .gathering
        for name in Set(names).sorted() where self.isWanted(name) {
            guard Self.isName(name) else {
                let shown = PeerText.shown(name)
                let message = "it lists a service with the name '\(shown)'"
                self.notes.append(ReflectionWarning(subject: shown, message: message))
                continue
            }
            self.services.append(name)
            self.ask(.fileDeclaring(name))
        }
    }

    private mutating func take(_ files: [ArraySlice<UInt8>], for question: ReflectionQuestion) {
        for bytes in files {
            // Some servers send all imports with each file: those known are not decoded again.
            if let name = try? FileOutline.name(of: bytes), self.files[name] != nil { continue }
            let outline: FileOutline
            do throws(SchemaError) {
                outline = try FileOutline(bytes)
            } catch {
                self.troubles[question] = "it answered with bytes that are no file's descriptor"
                continue
            }
            guard self.files.count < self.limits.files else {
                return self.fail("it has more than \(self.limits.files) files")
            }
            self.bytes += bytes.count
            guard self.bytes <= self.limits.bytes else {
                return self.fail("its files have more than \(self.limits.bytes >> 20) MiB")
            }
            self.files[outline.name] = File(outline: outline, bytes: Array(bytes))
            for service in outline.services where self.declaring[service] == nil {
                self.declaring[service] = outline.name
            }
            for path in outline.imports + outline.weakImports { self.ask(.file(path)) }
        }
        if !self.isAnswered(question), self.troubles[question] == nil {
            self.troubles[question] = "it answered with another file"
        }
    }

    /// Whether text of a peer is a full name as protoc takes it.
    private static func isName(_ text: String) -> Bool {
        (1...512).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2E, 0x5F: true
                default: false
                }
            }
    }
}
