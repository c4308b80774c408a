/// One binding of a method to HTTP: a `google.api.HttpRule` without its nested ones.
package struct HTTPRule: Sendable, Equatable {
    /// `GET`, `PUT`, `POST`, `DELETE`, `PATCH`, or the `kind` of a custom pattern: any verb as
    /// written, `*` for all.
    package var verb: String
    /// The path template as written; Routing parses it.
    package var path: String
    /// `*` for the whole message, or the path of the field that takes the body; nil for none.
    package var body: String?
    /// The field of the answer that becomes the response body; nil for the whole message.
    package var responseBody: String?

    package init(verb: String, path: String, body: String? = nil, responseBody: String? = nil) {
        self.verb = verb
        self.path = path
        self.body = body
        self.responseBody = responseBody
    }
}
