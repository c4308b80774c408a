internal import SwiftProtobuf

/// Links the services: the types of their methods and their HTTP rules.
struct ServiceLinker {
    let declarations: Declarations

    func entry(_ service: Declarations.Service) throws(SchemaError) -> ServiceEntry {
        let file = self.declarations.files[Int(service.file)].name
        var methods: [MethodEntry] = []
        for method in service.proto.method {
            let fullName = "\(service.fullName)/\(method.name)"
            methods.append(
                MethodEntry(
                    service: service.fullName,
                    name: method.name,
                    fullName: fullName,
                    inputType: try self.message(method.inputType, of: fullName, in: service),
                    outputType: try self.message(method.outputType, of: fullName, in: service),
                    clientStreams: method.clientStreaming,
                    serverStreams: method.serverStreaming,
                    httpRules: try self.httpRules(of: method, named: fullName, file: file),
                    file: file
                )
            )
        }
        return ServiceEntry(name: service.fullName, methods: methods, file: file)
    }

    private func message(
        _ name: String,
        of method: String,
        in service: Declarations.Service
    ) throws(SchemaError) -> Int32 {
        let symbols = self.declarations.symbols
        let symbol = symbols.type(named: name, from: service.fullName)
        guard let symbol, symbol.kind == .message else {
            throw SchemaError(
                file: self.declarations.files[Int(service.file)].name,
                symbol: method,
                message: "no message is named '\(name)'" + symbols.hint(forType: name)
            )
        }
        return symbol.index
    }

    private func httpRules(
        of method: Google_Protobuf_MethodDescriptorProto,
        named fullName: String,
        file: String
    ) throws(SchemaError) -> [HTTPRule] {
        do throws(HTTPRuleReader.Fault) {
            return try HTTPRuleReader.rules(in: Array(method.options.unknownFields.data))
        } catch {
            throw SchemaError(file: file, symbol: fullName, message: error.message)
        }
    }
}
