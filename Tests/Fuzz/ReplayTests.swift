internal import Foundation
internal import Testing

/// The seeds of the fuzz targets, and what once broke them, without a fuzzer.
///
/// A claim that does not hold ends the process of the tests; the file's name is printed before.
@Suite("Inputs of the fuzz targets")
struct ReplayTests {
    static let tests = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()

    @Test("seeds and what once broke hold all claims", arguments: FuzzTargets.all.keys.sorted())
    func replay(name: String) throws {
        let make = try #require(FuzzTargets.all[name])
        let target = make()
        for folder in ["Fuzz/Seeds", "Corpora"] {
            let inputs = Self.tests.appendingPathComponent("\(folder)/\(name)")
            let files = try? FileManager.default.contentsOfDirectory(atPath: inputs.path)
            for file in (files ?? []).sorted() {
                let bytes = [UInt8](try Data(contentsOf: inputs.appendingPathComponent(file)))
                print("\(folder)/\(name)/\(file)")
                bytes.withUnsafeBytes { target.run($0) }
            }
        }
    }
}
