internal import Foundation
internal import Loading
internal import Testing

@Suite("FileWatch")
struct FileWatchTests {
    @Test("nothing has changed until something has, and then once")
    func onceForAChange() throws {
        let sandbox = try Sandbox()
        try sandbox.write("a: 1", to: "one.yaml")
        var watch = FileWatch(["\(sandbox.path)/one.yaml", "\(sandbox.path)/missing.yaml"])
        #expect(changed(&watch) == false)
        try sandbox.write("a: 12", to: "one.yaml")
        #expect(changed(&watch) == true)
        #expect(changed(&watch) == false)
    }

    @Test("a file that comes, one that goes, and one in a folder are changes")
    func comingAndGoing() throws {
        let sandbox = try Sandbox()
        try sandbox.write("", to: "routes/a.yaml")
        var watch = FileWatch(["\(sandbox.path)/one.yaml", "\(sandbox.path)/routes"])
        try sandbox.write("", to: "one.yaml")
        #expect(changed(&watch) == true)
        try FileManager.default.removeItem(atPath: "\(sandbox.path)/one.yaml")
        #expect(changed(&watch) == true)
        try sandbox.write("", to: "routes/b.yaml")
        #expect(changed(&watch) == true)
        #expect(changed(&watch) == false)
    }

    @Test("a link above that points elsewhere is a change")
    func links() throws {
        let sandbox = try Sandbox()
        let files = FileManager.default
        for version in ["1", "2"] { try sandbox.write("same", to: "\(version)/one.yaml") }
        let link = "\(sandbox.path)/data"
        try files.createSymbolicLink(atPath: link, withDestinationPath: "1")
        var watch = FileWatch(["\(link)/one.yaml"])
        try files.removeItem(atPath: link)
        try files.createSymbolicLink(atPath: link, withDestinationPath: "2")
        #expect(changed(&watch) == true)
    }

    @Test("a change between the last look and another list of files is not lost")
    func follows() throws {
        let sandbox = try Sandbox()
        try sandbox.write("1", to: "one.yaml")
        try sandbox.write("1", to: "two.yaml")
        let paths = ["one.yaml", "two.yaml"].map { "\(sandbox.path)/\($0)" }
        var watch = FileWatch([paths[0]])
        try sandbox.write("12", to: "one.yaml")
        watch.follow(paths)
        #expect(changed(&watch) == true)
        try sandbox.write("12", to: "two.yaml")
        #expect(changed(&watch) == true)
        watch.follow([paths[1]])
        try sandbox.write("123", to: "one.yaml")
        #expect(changed(&watch) == false)
    }
}

/// `#expect` takes its arguments as constants.
private func changed(_ watch: inout FileWatch) -> Bool {
    watch.hasChanged()
}
