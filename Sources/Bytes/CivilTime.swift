/// A date of the proleptic Gregorian calendar, years 1 to 9999, and its day number.
///
/// These are the years that `google.protobuf.Timestamp` and RFC 3339 know. Day 0 is 1 January 1970.
/// The formulas count years from 1 March, so that a leap day is the last day of its year.
public struct CivilDate: Hashable, Sendable, BitwiseCopyable {
    /// 1 to 9999.
    public let year: Int32
    /// 1 to 12.
    public let month: UInt8
    /// 1 to 31.
    public let day: UInt8

    /// The day number of 1 January of the year 1.
    public static let firstDay = -719_162
    /// The day number of 31 December 9999.
    public static let lastDay = 2_932_896

    /// Makes the date if it exists: nil for 30 February, month 13, year 0 and the like.
    public init?(year: Int, month: Int, day: Int) {
        guard 1...9999 ~= year, 1...12 ~= month, day >= 1,
            day <= Self.daysInMonth(month, of: year)
        else { return nil }
        self.year = Int32(year)
        self.month = UInt8(month)
        self.day = UInt8(day)
    }

    /// The date of a day number; nil outside `firstDay ... lastDay`.
    public init?(days: Int) {
        guard Self.firstDay...Self.lastDay ~= days else { return nil }
        // 719,468 days from 1 March of year 0 to day 0; 146,097 days in 400 years. Within the
        // guarded range every number here is positive and far below an overflow.
        let shifted = days &+ 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted &- era &* 146_097
        let yearOfEra =
            (dayOfEra &- dayOfEra / 1460 &+ dayOfEra / 36524 &- dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra &- (365 &* yearOfEra &+ yearOfEra / 4 &- yearOfEra / 100)
        let shiftedMonth = (5 &* dayOfYear &+ 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth &+ 3 : shiftedMonth &- 9
        self.day = UInt8(truncatingIfNeeded: dayOfYear &- (153 &* shiftedMonth &+ 2) / 5 &+ 1)
        self.month = UInt8(truncatingIfNeeded: month)
        self.year = Int32(truncatingIfNeeded: yearOfEra &+ era &* 400 &+ (month <= 2 ? 1 : 0))
    }

    /// Days since 1 January 1970; negative before it.
    public var days: Int {
        let year = Int(self.year) &- (self.month <= 2 ? 1 : 0)
        let month = Int(self.month)
        let era = year / 400
        let yearOfEra = year &- era &* 400
        let shiftedMonth = month > 2 ? month &- 3 : month &+ 9
        let dayOfYear = (153 &* shiftedMonth &+ 2) / 5 &+ Int(self.day) &- 1
        let dayOfEra = yearOfEra &* 365 &+ yearOfEra / 4 &- yearOfEra / 100 &+ dayOfYear
        return era &* 146_097 &+ dayOfEra &- 719_468
    }

    /// 0 is Sunday, 6 is Saturday.
    public var weekday: Int {
        // Counted from 31 December of the year 0, a Sunday, so that no day number is negative.
        (self.days &+ 719_163) % 7
    }

    /// The number of days of a month (1 to 12) of a year.
    public static func daysInMonth(_ month: Int, of year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }
}

/// A moment to the second, as a date and a time of day in UTC without leap seconds.
public struct CivilTime: Hashable, Sendable, BitwiseCopyable {
    public let date: CivilDate
    /// 0 to 23.
    public let hour: UInt8
    /// 0 to 59.
    public let minute: UInt8
    /// 0 to 59: a leap second has no number of its own in Unix time.
    public let second: UInt8

    /// Unix time of 0001-01-01T00:00:00Z.
    public static let firstSecond: Int64 = -62_135_596_800
    /// Unix time of 9999-12-31T23:59:59Z.
    public static let lastSecond: Int64 = 253_402_300_799

    /// Makes the time if it exists; nil for an hour 24 or a second 60.
    public init?(date: CivilDate, hour: Int, minute: Int, second: Int) {
        guard 0...23 ~= hour, 0...59 ~= minute, 0...59 ~= second else { return nil }
        self.date = date
        self.hour = UInt8(hour)
        self.minute = UInt8(minute)
        self.second = UInt8(second)
    }

    /// The time of a Unix time in seconds; nil outside `firstSecond ... lastSecond`.
    public init?(unixSeconds: Int64) {
        guard Self.firstSecond...Self.lastSecond ~= unixSeconds else { return nil }
        let shifted = unixSeconds &- Self.firstSecond
        let (days, rest) = shifted.quotientAndRemainder(dividingBy: 86_400)
        guard let date = CivilDate(days: Int(days) &+ CivilDate.firstDay) else { return nil }
        self.date = date
        self.hour = UInt8(truncatingIfNeeded: rest / 3600)
        self.minute = UInt8(truncatingIfNeeded: rest / 60 % 60)
        self.second = UInt8(truncatingIfNeeded: rest % 60)
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    public var unixSeconds: Int64 {
        Int64(self.date.days) &* 86_400 &+ Int64(self.hour) &* 3600 &+ Int64(self.minute) &* 60
            &+ Int64(self.second)
    }
}
