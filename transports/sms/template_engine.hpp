// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/provider_description.hpp"
#include "gateway/base/clock.hpp"

namespace sallyport::sms {

/// What the names of a template stand for in one request. Views: made on the stack, used at once.
/// Empty = absent.
struct Values {
    std::string_view number;
    std::string_view from;
    std::string_view to;
    std::string_view text;
    std::string_view id;
    std::string_view token;
    std::string_view callback;
    std::span<const std::string> media;
    std::optional<std::chrono::milliseconds> ttl;
    std::size_t segments = 0;
    bool is_unicode = false;
    std::optional<WallTime> since;
};

/// `base_url` and `credentials.*`: known when a description is compiled.
using Constants = std::map<std::string, std::string, std::less<>>;

/// A template with its constants filled in. Nothing is looked up by name when a request is built.
class CompiledTemplate {
  public:
    enum class Use {
        plain,  ///< the whole is encoded afterwards: form, query and JSON values, headers
        url  ///< values are percent-encoded as they are put in; base_url and literals stand as they
             ///< are
    };

    CompiledTemplate() = default;
    CompiledTemplate(
        const config::Template& source, const Constants& constants, Use use = Use::plain
    );

    /// Appends the text. False, and nothing appended, when one of its values is absent.
    bool append(std::string& out, const Values& values) const;
    /// The text alone; "" when absent.
    std::string text(const Values& values = {}) const;
    bool is_list() const;    ///< it is {media} and nothing else
    bool is_number() const;  ///< ends in |number: stands in JSON without quotes
    bool mentions_media() const;

  private:
    enum class Name {
        none,
        number,
        from,
        to,
        text,
        media,
        id,
        token,
        callback,
        ttl_seconds,
        ttl_minutes,
        ttl_ms,
        segments,
        coding,
        since_date,
        since_rfc3339,
        since_unix
    };
    struct Part {
        std::string literal;
        Name name = Name::none;
        std::vector<config::Filter> filters;
    };
    static Name name_of(std::string_view word);
    static std::string_view value_of(Name name, const Values& values, std::string& scratch);
    void add_literal(std::string_view text);
    bool append_part(std::string& out, const Part& part, const Values& values) const;

    std::vector<Part> parts_;
    Use use_ = Use::plain;
    bool is_absent_ = false;  ///< a constant of it has no value
};

}  // namespace sallyport::sms
