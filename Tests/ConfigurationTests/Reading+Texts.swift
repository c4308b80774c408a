internal import Configuration

/// The smallest configuration without an error; what a test is about is put in front.
let smallest = """
    listen: [{ address: 127.0.0.1:8080 }]
    schema: { protos: [protos] }
    routes: [routes]
    backends: { users: { address: localhost:50051 } }

    """

/// Reads `text` as `transom.yaml` in the folder `/etc/transom`.
func configuration(
    _ text: String,
    environment: [String: String] = [:]
) -> (configuration: GatewayConfiguration?, errors: [ConfigError]) {
    ConfigurationFile.read(
        SourceFile(name: "transom.yaml", folder: "/etc/transom", text: text),
        environment: environment
    )
}

/// The errors of `text`, one line each.
func errors(_ text: String, environment: [String: String] = [:]) -> [String] {
    configuration(text, environment: environment).errors.map(\.description)
}

/// Reads `text` as a route file.
func routes(
    _ text: String,
    environment: [String: String] = [:]
) -> (routes: [RouteDeclaration], errors: [String]) {
    let (routes, errors) = RouteFile.read(
        SourceFile(name: "user.yaml", folder: "/etc/transom/routes", text: text),
        environment: environment
    )
    return (routes, errors.map(\.description))
}
