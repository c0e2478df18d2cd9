// SPDX-License-Identifier: Apache-2.0
#include "gateway/base/log.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <mutex>

#include "xmpp/core/digest.hpp"
#include "xmpp/core/random.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport {
namespace {

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warn", "error"};

void to_standard_error(std::string_view line) {
    // One write per line, so that lines of several threads never mix.
    static std::mutex mutex;
    std::string whole(line);
    whole += '\n';
    std::lock_guard lock(mutex);
    std::fwrite(whole.data(), 1, whole.size(), stderr);
}

/// "2026-01-31T12:00:00.123Z"
std::string timestamp() {
    const auto now =
        std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    const auto millis = static_cast<int>(now.time_since_epoch().count() % 1000);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 40> text{};
    const std::size_t used = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
    std::array<char, 8> tail{};
    std::snprintf(tail.data(), tail.size(), ".%03dZ", millis);
    return std::string(text.data(), used) + tail.data();
}

bool is_plain(std::string_view text) {
    if (text.empty()) return false;
    for (const char c : text) {
        const auto u = static_cast<unsigned char>(c);
        if (u <= 0x20 || u == 0x7f || c == '"' || c == '\\' || c == '=') return false;
    }
    return true;
}

/// JSON's escapes, used for both formats: a value can never begin a new line or a new field.
void append_quoted(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        const auto u = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (u < 0x20 || u == 0x7f) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\u%04x", u);
            out += escape.data();
        } else {
            out += c;
        }
    }
    out += '"';
}

void append_text_value(std::string& out, std::string_view value) {
    if (is_plain(value))
        out += value;
    else
        append_quoted(out, value);
}

}  // namespace

Log::Log() : Log(Sink(to_standard_error)) {}

Log::Log(Sink sink) : sink_(std::move(sink)), salt_(random_bytes(16)) {}

void Log::configure(LogLevel level, LogFormat format) {
    level_ = level;
    format_ = format;
}

std::string Log::personal(const std::string& value) const {
    if (level_ == LogLevel::debug) return value;
    return "#" + hex_encode(std::string_view(hmac(Hash::sha256, salt_, value)).substr(0, 6));
}

void Log::write_text(
    std::string& line, std::string_view level, std::string_view event, Fields fields
) const {
    line += ' ';
    line += level;
    line += ' ';
    line += event;
    for (const LogField& field : fields) {
        line += ' ';
        line += field.key();
        line += '=';
        append_text_value(
            line, field.is_personal() ? personal(field.value()) : to_xml_text(field.value())
        );
    }
}

void Log::write_json(
    std::string& line, std::string_view level, std::string_view event, Fields fields
) const {
    line.insert(0, "{\"time\":\"");
    line += "\",\"level\":\"";
    line += level;
    line += "\",\"event\":";
    append_quoted(line, event);
    for (const LogField& field : fields) {
        line += ',';
        append_quoted(line, field.key());
        line += ':';
        append_quoted(
            line, field.is_personal() ? personal(field.value()) : to_xml_text(field.value())
        );
    }
    line += '}';
}

void Log::write(LogLevel level, std::string_view event, Fields fields) const {
    if (level < level_ || !sink_) return;
    const std::string_view word = level_names[static_cast<std::size_t>(level)];
    std::string line = timestamp();
    if (format_ == LogFormat::json)
        write_json(line, word, event, fields);
    else
        write_text(line, word, event, fields);
    sink_(line);
}

}  // namespace sallyport
