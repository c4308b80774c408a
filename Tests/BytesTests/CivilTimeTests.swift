internal import Bytes
internal import Testing

@Suite("CivilTime")
struct CivilTimeTests {
    @Test("every day from 0001-01-01 to 9999-12-31 is the day after the one before")
    func everyDay() throws {
        var year = 1
        var month = 1
        var day = 1
        var number = CivilDate.firstDay
        while number <= CivilDate.lastDay {
            let date = CivilDate(days: number)
            guard let date, Int(date.year) == year, Int(date.month) == month, Int(date.day) == day,
                date.days == number, date.weekday == (number + 719_163) % 7
            else {
                Issue.record(
                    "day \(number) is not \(year)-\(month)-\(day): \(String(describing: date))"
                )
                return
            }
            day += 1
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let length = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
            if day > length { (day, month) = (1, month + 1) }
            if month > 12 { (month, year) = (1, year + 1) }
            number += 1
        }
        #expect(year == 10_000)
    }

    @Test("days outside the years 1 to 9999 have no date")
    func outside() {
        #expect(CivilDate(days: CivilDate.firstDay - 1) == nil)
        #expect(CivilDate(days: CivilDate.lastDay + 1) == nil)
        #expect(CivilDate(days: .min) == nil)
        #expect(CivilDate(days: .max) == nil)
    }

    @Test(
        "dates that do not exist are refused",
        arguments: [
            (0, 1, 1), (10_000, 1, 1), (2024, 0, 1), (2024, 13, 1), (2024, 1, 0), (2024, 1, 32),
            (2023, 2, 29), (1900, 2, 29), (2024, 2, 30), (2024, 4, 31), (.max, .max, .max),
            (.min, 1, 1),
        ]
    )
    func refusedDates(year: Int, month: Int, day: Int) {
        #expect(CivilDate(year: year, month: month, day: day) == nil)
    }

    @Test(
        "known days",
        arguments: [
            (1970, 1, 1, 0, 4), (2000, 2, 29, 11_016, 2), (1969, 12, 31, -1, 3),
            (2026, 11, 24, 20_781, 2),
            (1, 1, 1, -719_162, 1), (9999, 12, 31, 2_932_896, 5),
        ]
    )
    func known(year: Int, month: Int, day: Int, number: Int, weekday: Int) {
        let date = CivilDate(year: year, month: month, day: day)
        #expect(date?.days == number)
        #expect(date?.weekday == weekday)
    }

    @Test(
        "seconds at, below and above the ends",
        arguments: [
            (CivilTime.firstSecond, "1-1-1 0:0:0"), (CivilTime.lastSecond, "9999-12-31 23:59:59"),
            (CivilTime.firstSecond - 1, nil), (CivilTime.lastSecond + 1, nil), (.min, nil),
            (.max, nil),
            (0, "1970-1-1 0:0:0"), (-1, "1969-12-31 23:59:59"), (951_827_696, "2000-2-29 12:34:56"),
        ] as [(Int64, String?)]
    )
    func seconds(unix: Int64, text: String?) {
        let time = CivilTime(unixSeconds: unix)
        let written = time.map {
            "\($0.date.year)-\($0.date.month)-\($0.date.day) \($0.hour):\($0.minute):\($0.second)"
        }
        #expect(written == text)
        if let time { #expect(time.unixSeconds == unix) }
    }

    @Test(
        "times of day that do not exist are refused",
        arguments: [
            (24, 0, 0), (-1, 0, 0), (0, 60, 0), (0, -1, 0), (0, 0, 60), (0, 0, -1),
        ]
    )
    func refusedTimes(hour: Int, minute: Int, second: Int) throws {
        let date = try #require(CivilDate(year: 2024, month: 1, day: 1))
        #expect(CivilTime(date: date, hour: hour, minute: minute, second: second) == nil)
        #expect(CivilTime(date: date, hour: 23, minute: 59, second: 59) != nil)
    }
}
