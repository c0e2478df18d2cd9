// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>
#include <cstdio>

#include "transports/sms/text_coding.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::sms {

namespace {

/// Reads along a text; every step says whether it fitted.
struct Scanner {
    std::string_view rest;

    bool number(int& value, std::size_t most = 4) {
        std::size_t length = 0;
        while (length < rest.size() && length < most && rest[length] >= '0' && rest[length] <= '9')
            ++length;
        if (length == 0) return false;
        const char* const begin = rest.data();
        std::from_chars(begin, begin + length, value);
        rest.remove_prefix(length);
        return true;
    }
    bool one_of(std::string_view set) {
        if (rest.empty() || set.find(rest.front()) == std::string_view::npos) return false;
        rest.remove_prefix(1);
        return true;
    }
    void blanks() {
        while (one_of(" ")) {
        }
    }
};

struct Parts {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millis = 0;
    int zone_minutes = 0;
};

std::optional<WallTime> assemble(const Parts& p) {
    const auto date = std::chrono::year(p.year) / p.month / p.day;
    if (!date.ok() || p.year < 1970 || p.hour > 23 || p.minute > 59 || p.second > 60)
        return std::nullopt;
    return WallTime(std::chrono::sys_days(date).time_since_epoch()) + std::chrono::hours(p.hour) +
           std::chrono::minutes(p.minute - p.zone_minutes) + std::chrono::seconds(p.second) +
           std::chrono::milliseconds(p.millis);
}

bool read_clock(Scanner& scan, Parts& p) {
    if (!scan.number(p.hour, 2) || !scan.one_of(":") || !scan.number(p.minute, 2)) return false;
    if (scan.one_of(":") && !scan.number(p.second, 2)) return false;
    if (scan.one_of(".")) {
        for (int scale = 100;
             !scan.rest.empty() && scan.rest.front() >= '0' && scan.rest.front() <= '9';
             scale /= 10) {
            p.millis += (scan.rest.front() - '0') * scale;
            scan.rest.remove_prefix(1);
        }
    }
    return true;
}

/// "Z", "GMT", "+02:00", "-0500", or nothing = UTC.
bool read_zone(Scanner& scan, Parts& p) {
    scan.blanks();
    if (scan.rest.empty() || scan.rest == "Z" || scan.rest == "z" || scan.rest == "GMT" ||
        scan.rest == "UTC" || scan.rest == "UT")
        return true;
    const bool is_west = scan.rest.front() == '-';
    int hours = 0;
    int minutes = 0;
    if (!scan.one_of("+-") || !scan.number(hours, 2)) return false;
    scan.one_of(":");
    if (!scan.rest.empty() && !scan.number(minutes, 2)) return false;
    p.zone_minutes = (is_west ? -1 : 1) * (hours * 60 + minutes);
    return scan.rest.empty();
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
    Scanner scan{text};
    Parts p;
    if (!scan.number(p.year) || !scan.one_of("-") || !scan.number(p.month, 2) ||
        !scan.one_of("-") || !scan.number(p.day, 2))
        return std::nullopt;
    if (!scan.one_of("Tt ") || !read_clock(scan, p) || !read_zone(scan, p)) return std::nullopt;
    return assemble(p);
}

/// "Mon, 16 Aug 2010 03:45:01 +0000"
std::optional<WallTime> parse_rfc2822(std::string_view text) {
    constexpr std::array<std::string_view, 12> months{
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
    Scanner scan{text.substr(text.find(',') == std::string_view::npos ? 0 : text.find(',') + 1)};
    Parts p;
    scan.blanks();
    if (!scan.number(p.day, 2)) return std::nullopt;
    scan.blanks();
    const std::string name = lower_ascii(scan.rest.substr(0, 3));
    for (std::size_t i = 0; i < months.size(); ++i) {
        if (months[i] == name) p.month = static_cast<int>(i) + 1;
    }
    if (p.month == 0) return std::nullopt;
    scan.rest.remove_prefix(3);
    scan.blanks();
    if (!scan.number(p.year)) return std::nullopt;
    scan.blanks();
    if (!read_clock(scan, p) || !read_zone(scan, p)) return std::nullopt;
    return assemble(p);
}

std::optional<WallTime> parse_unix(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || value < 0 || value > 100'000'000'000'000) return std::nullopt;
    if (end != text.data() + text.size() && *end != '.') return std::nullopt;
    constexpr std::int64_t first_milliseconds =
        100'000'000'000;  // the year 5138, or 1973 in milliseconds
    return value >= first_milliseconds ? WallTime(std::chrono::milliseconds(value))
                                       : WallTime(std::chrono::seconds(value));
}

}  // namespace

std::optional<WallTime> parse_time(std::string_view text) {
    text = trim(text);
    if (text.empty()) return std::nullopt;
    if (auto time = parse_rfc3339(text)) return time;
    if (auto time = parse_rfc2822(text)) return time;
    return parse_unix(text);
}

std::string format_date(WallTime time) {
    const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(time));
    std::array<char, 32> out{};
    std::snprintf(
        out.data(),
        out.size(),
        "%04d-%02u-%02u",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day())
    );
    return out.data();
}

std::string format_rfc3339(WallTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
    std::array<char, 32> out{};
    std::snprintf(
        out.data(),
        out.size(),
        "T%02d:%02d:%02dZ",
        static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count())
    );
    return format_date(time) + out.data();
}

}  // namespace sallyport::sms
