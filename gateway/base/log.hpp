// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

namespace sallyport {

enum class LogLevel { debug, info, warn, error };
enum class LogFormat { text, json };

/// A JID, number or address in a log line: hashed below debug, so that lines about one person can
/// be joined but not read.
struct Personal {
    std::string_view text;
};

/// One value of a log line.
class LogField {
  public:
    LogField(std::string_view key, std::string_view value) : key_(key), value_(value) {}
    LogField(std::string_view key, const char* value) : key_(key), value_(value) {}
    LogField(std::string_view key, const std::string& value) : key_(key), value_(value) {}
    LogField(std::string_view key, Personal value)
        : key_(key), value_(value.text), personal_(true) {}
    template <std::integral T>
    LogField(std::string_view key, T value) : key_(key), value_(std::to_string(value)) {}
    std::string_view key() const { return key_; }
    const std::string& value() const { return value_; }
    bool is_personal() const { return personal_; }

  private:
    std::string_view key_;
    std::string value_;
    bool personal_ = false;
};

/// The program's log: `log.info("link.up", {{"domain", d}, {"user", Personal{jid}}})`. One line per
/// state change. The only global of the program is its sink, standard error. Thread-safe; never
/// bodies, never secrets.
class Log {
  public:
    using Fields = std::initializer_list<LogField>;
    using Sink = std::function<void(std::string_view line)>;  ///< line without its newline

    Log();                    ///< info, text, to standard error
    explicit Log(Sink sink);  ///< for tests
    void configure(LogLevel level, LogFormat format);
    LogLevel level() const { return level_; }

    void debug(std::string_view event, Fields fields = {}) const {
        write(LogLevel::debug, event, fields);
    }
    void info(std::string_view event, Fields fields = {}) const {
        write(LogLevel::info, event, fields);
    }
    void warn(std::string_view event, Fields fields = {}) const {
        write(LogLevel::warn, event, fields);
    }
    void error(std::string_view event, Fields fields = {}) const {
        write(LogLevel::error, event, fields);
    }

  private:
    void write(LogLevel level, std::string_view event, Fields fields) const;
    void write_text(
        std::string& line, std::string_view level, std::string_view event, Fields fields
    ) const;
    void write_json(
        std::string& line, std::string_view level, std::string_view event, Fields fields
    ) const;
    std::string personal(const std::string& value) const;
    Sink sink_;
    LogLevel level_ = LogLevel::info;
    LogFormat format_ = LogFormat::text;
    std::string salt_;  ///< of the hashes; random per process start
};

}  // namespace sallyport
