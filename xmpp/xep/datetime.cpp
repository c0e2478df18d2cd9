// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/datetime.hpp"

#include <charconv>
#include <cstdio>

namespace sallyport::xmpp {
namespace {

using Time = std::chrono::sys_time<std::chrono::milliseconds>;

/// Takes exactly `digits` decimal digits off the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return std::nullopt;
    int value = 0;
    const char* const begin = text.data();
    auto [end, error] = std::from_chars(begin, begin + digits, value);
    if (error != std::errc{} || end != begin + digits || text.front() == '-') return std::nullopt;
    text.remove_prefix(digits);
    return value;
}

bool take(std::string_view& text, char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<Time> take_date(std::string_view& text) {
    auto year = take_number(text, 4);
    if (!year || !take(text, '-')) return std::nullopt;
    auto month = take_number(text, 2);
    if (!month || !take(text, '-')) return std::nullopt;
    auto day = take_number(text, 2);
    if (!day) return std::nullopt;
    const std::chrono::year_month_day date{
        std::chrono::year(*year),
        std::chrono::month(static_cast<unsigned>(*month)),
        std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok()) return std::nullopt;
    return Time(std::chrono::sys_days(date));
}

std::optional<std::chrono::milliseconds> take_clock(std::string_view& text) {
    auto hour = take_number(text, 2);
    if (!hour || !take(text, ':')) return std::nullopt;
    auto minute = take_number(text, 2);
    if (!minute || !take(text, ':')) return std::nullopt;
    auto second = take_number(text, 2);
    if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
    std::chrono::milliseconds clock =
        std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second);
    if (!take(text, '.')) return clock;
    int scale = 100;
    for (; !text.empty() && text.front() >= '0' && text.front() <= '9';
         text.remove_prefix(1), scale /= 10)
        clock += std::chrono::milliseconds((text.front() - '0') * scale);
    return clock;
}

std::optional<std::chrono::minutes> take_offset(std::string_view& text) {
    if (take(text, 'Z')) return std::chrono::minutes(0);
    const bool is_west = !text.empty() && text.front() == '-';
    if (!take(text, '+') && !take(text, '-')) return std::nullopt;
    auto hour = take_number(text, 2);
    if (!hour || !take(text, ':')) return std::nullopt;
    auto minute = take_number(text, 2);
    if (!minute) return std::nullopt;
    const std::chrono::minutes offset = std::chrono::hours(*hour) + std::chrono::minutes(*minute);
    return is_west ? -offset : offset;
}

}  // namespace

std::string build_datetime(Time time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    char text[48];
    std::snprintf(
        text,
        sizeof text,
        "%04d-%02u-%02uT%02d:%02d:%02d",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count())
    );
    std::string stamp(text);
    if (const auto ms = clock.subseconds().count(); ms != 0) {
        std::snprintf(text, sizeof text, ".%03d", static_cast<int>(ms));
        stamp += text;
    }
    return stamp + 'Z';
}

std::optional<Time> parse_datetime(std::string_view text) {
    auto date = take_date(text);
    if (!date || !take(text, 'T')) return std::nullopt;
    auto clock = take_clock(text);
    if (!clock) return std::nullopt;
    auto offset = take_offset(text);
    if (!offset || !text.empty()) return std::nullopt;
    return *date + *clock - *offset;
}

std::string build_zone(std::chrono::minutes offset) {
    if (offset.count() == 0) return "Z";
    auto minutes = static_cast<int>(std::chrono::abs(offset).count());
    char text[24];
    std::snprintf(
        text, sizeof text, "%c%02d:%02d", offset.count() < 0 ? '-' : '+', minutes / 60, minutes % 60
    );
    return text;
}

}  // namespace sallyport::xmpp
