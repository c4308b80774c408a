internal import SwiftProtobuf
internal import Testing
internal import Transcoding

@testable internal import Schema

/// A small generator of pseudo-random numbers (SplitMix64), so that a failure comes again.
private struct Dice {
    private var state: UInt64

    init(seed: UInt64) {
        self.state = seed
    }

    mutating func roll(_ sides: Int) -> Int {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = self.state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return Int((mixed ^ mixed >> 31) % UInt64(max(1, sides)))
    }

    mutating func pick<Element>(_ list: [Element]) -> Element? {
        list.isEmpty ? nil : list[self.roll(list.count)]
    }
}

@Suite("Schema: whatever the bytes, a schema or an error")
struct MutationTests {
    /// Something of everything that a linker looks at.
    private static let text = """
        syntax = "proto2";
        package m;
        message M {
          required int32 a = 1;
          optional group Grp = 2 { optional string s = 1; repeated int32 r = 2 [packed=true]; }
          optional bytes b = 3 [default = "\\001\\n"];
          optional float f = 4 [default = -inf];
          optional E e = 5 [default = MINUS];
          oneof o { string x = 6; E y = 7; M z = 8; }
          map<string, M> map = 9;
          optional uint32 u = 10 [default = 7, json_name = "you"];
          extensions 100 to 200;
          reserved 50 to 60;
          enum E { FIVE = 5; MINUS = -1; }
          extend M { optional M inside = 101; }
        }
        extend M { repeated string xs = 110; }
        service S { rpc One(M) returns (stream M); }
        """

    /// Links without the built-in files, which cost most of the time.
    private static func link(_ bytes: [UInt8]) throws(SchemaError) -> Schema {
        let limits = SchemaLimits()
        var collection = FileCollection(limits: limits)
        try collection.add(DescriptorSet(name: "mutated", bytes: bytes))
        try collection.checkImports()
        let declarations = try Declarations(files: collection.files, limits: limits)
        return try Linker(declarations: declarations).link()
    }

    /// Whether no index in the tables leads outside of them.
    private static func isSound(_ schema: Schema) -> Bool {
        let tables = schema.tables
        let messages = Int32(tables.messages.count)
        let enums = Int32(tables.enums.count)
        let fieldsHold = tables.fields.allSatisfy { field in
            switch field.kind {
            case .message, .group: 0..<messages ~= field.typeIndex
            case .enumeration: 0..<enums ~= field.typeIndex
            default: field.typeIndex == -1
            }
        }
        let messagesHold = tables.messages.allSatisfy { message in
            let first = Int(message.firstField)
            let fields = tables.fields[first..<first + Int(message.fieldCount)]
            return Set(fields.map(\.number)).count == fields.count
                && fields.allSatisfy { -1..<message.oneofCount ~= $0.oneof }
                && fields.allSatisfy { (1...536_870_911).contains($0.number) }
        }
        let methodsHold = schema.services.flatMap(\.methods).allSatisfy {
            0..<messages ~= $0.inputType && 0..<messages ~= $0.outputType
        }
        return fieldsHold && messagesHold && methodsHold
    }

    @Test("10,000 mutations of the bytes", .timeLimit(.minutes(2)))
    func bytes() throws {
        guard let set = try Protoc.set(["m.proto"], texts: [("m.proto", Self.text)]) else { return }
        var dice = Dice(seed: 1)
        var linked = 0
        for round in 0..<10_000 {
            var bytes = set.bytes
            for _ in 0...dice.roll(3) {
                let place = dice.roll(bytes.count)
                switch dice.roll(10) {
                case 0: bytes.removeSubrange(place...)
                case 1: bytes.insert(UInt8(dice.roll(256)), at: place)
                case 2 where !bytes.isEmpty: bytes.remove(at: place)
                case 3 where !bytes.isEmpty:
                    let end = min(bytes.count, place + dice.roll(64))
                    bytes.insert(contentsOf: bytes[place..<end], at: place)
                case _ where !bytes.isEmpty: bytes[place] ^= UInt8(1 << dice.roll(8))
                default: break
                }
            }
            guard let schema = try? Self.link(bytes) else { continue }
            #expect(Self.isSound(schema), "round \(round)")
            linked += 1
        }
        // Mutations that all fail in the first stage, or all succeed, would test nothing.
        #expect(100...9_000 ~= linked, "\(linked)")
    }

    @Test("5,000 mutations of what the bytes mean", .timeLimit(.minutes(2)))
    func meanings() throws {
        guard let set = try Protoc.set(["m.proto"], texts: [("m.proto", Self.text)]) else { return }
        let original = try Google_Protobuf_FileDescriptorSet(serializedBytes: set.bytes)
        var dice = Dice(seed: 2)
        for round in 0..<5_000 {
            var mutated = original
            for _ in 0...dice.roll(2) { Self.mutate(&mutated.file[0], &dice) }
            let bytes: [UInt8] = try mutated.serializedBytes(partial: true)
            guard let schema = try? Self.link(bytes) else { continue }
            #expect(Self.isSound(schema), "round \(round)")
        }
    }

    private static func mutate(
        _ file: inout Google_Protobuf_FileDescriptorProto,
        _ dice: inout Dice
    ) {
        switch dice.roll(6) {
        case 0: file.syntax = dice.pick(["", "proto2", "proto3", "editions"]) ?? ""
        case 1: file.edition = dice.pick([.edition2023, .edition2024, .max]) ?? .unknown
        case 2: file.options.features.messageEncoding = .delimited
        case 3: self.mutate(&file.extension[0], &dice)
        default: self.mutate(&file.messageType[0], &dice)
        }
    }

    private static func mutate(_ message: inout Google_Protobuf_DescriptorProto, _ dice: inout Dice)
    {
        switch dice.roll(10) {
        case 0: message.options.mapEntry.toggle()
        case 1 where !message.nestedType.isEmpty:
            self.mutate(&message.nestedType[dice.roll(message.nestedType.count)], &dice)
        case 2: message.oneofDecl.removeAll()
        case 3: message.enumType.removeAll()
        case 4: message.extensionRange = [Descriptors.range(Int32(dice.roll(200)), .max)]
        case 5: message.options.messageSetWireFormat.toggle()
        case _ where !message.field.isEmpty:
            self.mutate(&message.field[dice.roll(message.field.count)], &dice)
        default: break
        }
    }

    private static func mutate(_ field: inout FieldProto, _ dice: inout Dice) {
        switch dice.roll(9) {
        case 0: field.number = dice.pick([0, -1, 1, 2, .max, .min, 105, 19_500]) ?? 0
        case 1: field.type = dice.pick(FieldProto.TypeEnum.allCases) ?? .int32
        case 2: field.label = dice.pick(FieldProto.Label.allCases) ?? .optional
        case 3:
            let names = [".m.M", ".m.M.E", ".m.M.MapEntry", "M", "", ".", "m", ".m.S", "..", "E"]
            field.typeName = dice.pick(names) ?? ""
        case 4: field.oneofIndex = dice.pick([-1, 0, 1, .max, .min]) ?? 0
        case 5: field.defaultValue = dice.pick(["", "-", "1", "\\", "nan", "FIVE", "true"]) ?? ""
        case 6: field.proto3Optional.toggle()
        case 7: field.options.packed.toggle()
        default: field.name = dice.pick(["key", "value", "a", ""]) ?? ""
        }
    }
}
