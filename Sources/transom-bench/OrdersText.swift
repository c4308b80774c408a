internal import Bytes

/// The text of the large message: a page of orders as ProtoJSON, about 10 KB.
///
/// Numbers and names come from a generator with a fixed seed, so that every run has the same bytes.
/// No field has its default value: printers that write defaults and those that omit them agree.
struct OrdersText: ~Copyable {
    private static let orders = 8
    private static let titles = [
        "Desk lamp, brushed steel", "Notebook, ruled, 192 pages", "Caf\u{e9} cup, 0.2 l",
        "Keyboard, \\\"quiet\\\" switches", "Wall clock, oak", "Rucksack, 24 l, waterproof",
    ]
    private static let people = [
        "Ada Lovelace", "Grace Hopper", "Mary Kenneth Keller", "Ren\u{e9} Descartes",
    ]
    private static let notes = [
        "Please leave it with the neighbours on the second floor when nobody answers the door; "
            + "the bell does not work, so knock or call the number on the label first",
        "A present: no invoice in the parcel, please, and the card with \\\"Many happy returns\\\" "
            + "on top of it. Deliver on a Saturday morning if at all possible, before noon",
    ]
    private static let statuses = ["STATUS_OPEN", "STATUS_PAID", "STATUS_SHIPPED"]

    private var output = OutputBuffer(capacity: 16384)
    private var seed: UInt64 = 0x5DEE_CE66_D1CE_4E5B

    /// The message `bench.v1.Orders`, without spaces, fields in order of their numbers.
    static func bytes() -> [UInt8] {
        var text = OrdersText()
        text.output.append("{\"orders\":[")
        for index in 0..<Self.orders {
            if index > 0 { text.output.append(",") }
            text.order(index)
        }
        text.output.append("],\"nextPageToken\":\"b3JkZXJzOjQ4\",\"totalSize\":\"48151\"}")
        return text.output.bytes()
    }

    private mutating func order(_ index: Int) {
        let month = 1 + self.number(below: 9)
        let day = 10 + self.number(below: 18)
        let created = "2026-0\(month)-\(day)T1\(self.number(below: 10)):\(10 + index):07Z"
        let paid = "2026-0\(month)-\(day + 1)T08:4\(self.number(below: 10)):52.\(250 + index)Z"
        self.write("{\"id\":\"ord_\(self.identifier())\"")
        self.write(",\"number\":\"\(7_300_000_000 + self.number(below: 90_000))\"")
        self.write(",\"customer\":\"\(self.pick(Self.people))\"")
        self.write(",\"status\":\"\(self.pick(Self.statuses))\",\"lines\":[")
        for line in 0..<6 {
            if line > 0 { self.write(",") }
            self.write("{\"sku\":\"SKU-\(10_000 + self.number(below: 80_000))\"")
            self.write(",\"title\":\"\(self.pick(Self.titles))\"")
            self.write(",\"quantity\":\(1 + self.number(below: 9)),\"price\":")
            self.money(below: 400)
            self.write("}")
        }
        self.write("],\"labels\":{\"channel\":\"web\",\"warehouse\":\"north-\(index + 1)\"}")
        self.write(",\"createdAt\":\"\(created)\",\"paidAt\":\"\(paid)\",\"total\":")
        self.money(below: 9000)
        self.write(",\"ratings\":[5,4,\(1 + self.number(below: 5)),3]")
        self.write(",\"gift\":true,\"weight\":\(1 + self.number(below: 20)).75")
        self.write(",\"note\":\"\(self.pick(Self.notes))\"}")
    }

    private mutating func money(below units: Int) {
        self.write("{\"currency\":\"EUR\",\"units\":\"\(1 + self.number(below: units))\"")
        self.write(",\"nanos\":\(10_000_000 * (1 + self.number(below: 98)))}")
    }

    private mutating func identifier() -> String {
        let digits = Array("0123456789abcdef")
        return String((0..<24).map { _ in digits[self.number(below: 16)] })
    }

    private mutating func pick(_ texts: [String]) -> String {
        texts[self.number(below: texts.count)]
    }

    /// A number from 0 on, by the linear congruential generator of Knuth's MMIX.
    private mutating func number(below bound: Int) -> Int {
        self.seed = self.seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(self.seed >> 33) % bound
    }

    private mutating func write(_ text: String) { self.output.append(utf8: text) }
}
