// SPDX-License-Identifier: Apache-2.0
#include "transports/sms/template_engine.hpp"

#include <algorithm>
#include <array>

#include "transports/sms/text_coding.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::sms {

namespace {

using config::Filter;

std::string only_digits(std::string_view text) {
    std::string out;
    std::copy_if(text.begin(), text.end(), std::back_inserter(out), [](char c) {
        return c >= '0' && c <= '9';
    });
    return out;
}

std::string apply_filter(Filter filter, std::string_view value) {
    switch (filter) {
        case Filter::digits:
            return only_digits(value);
        case Filter::utf16be:
            return utf8_to_utf16be(value);
        case Filter::latin1:
            return utf8_to_latin1(value);
        case Filter::base64:
            return base64_encode(value);
        case Filter::hex:
            return hex_encode(value);
        case Filter::number:
            return std::string(value);
    }
    return std::string(value);
}

std::string filtered(const std::vector<Filter>& filters, std::string_view value) {
    std::string out(value);
    for (const auto filter : filters) out = apply_filter(filter, out);
    return out;
}

template <class Period>
std::string ttl_in(const Values& values) {
    return values.ttl ? std::to_string(std::chrono::duration_cast<Period>(*values.ttl).count())
                      : std::string();
}

}  // namespace

CompiledTemplate::Name CompiledTemplate::name_of(std::string_view word) {
    using Row = std::pair<std::string_view, Name>;
    static constexpr std::array<Row, 16> names{{
        {"number", Name::number},
        {"from", Name::from},
        {"to", Name::to},
        {"text", Name::text},
        {"media", Name::media},
        {"id", Name::id},
        {"token", Name::token},
        {"callback", Name::callback},
        {"ttl.seconds", Name::ttl_seconds},
        {"ttl.minutes", Name::ttl_minutes},
        {"ttl.ms", Name::ttl_ms},
        {"segments", Name::segments},
        {"coding", Name::coding},
        {"since.date", Name::since_date},
        {"since.rfc3339", Name::since_rfc3339},
        {"since.unix", Name::since_unix},
    }};
    const auto found =
        std::find_if(names.begin(), names.end(), [&](const Row& row) { return row.first == word; });
    return found == names.end() ? Name::none : found->second;
}

std::string_view CompiledTemplate::value_of(Name name, const Values& values, std::string& scratch) {
    switch (name) {
        case Name::none:
            return {};
        case Name::number:
            return values.number;
        case Name::from:
            return values.from;
        case Name::to:
            return values.to;
        case Name::text:
            return values.text;
        case Name::media:
            return values.media.empty() ? std::string_view()
                                        : std::string_view(values.media.front());
        case Name::id:
            return values.id;
        case Name::token:
            return values.token;
        case Name::callback:
            return values.callback;
        case Name::ttl_seconds:
            return scratch = ttl_in<std::chrono::seconds>(values);
        case Name::ttl_minutes:
            return scratch = ttl_in<std::chrono::minutes>(values);
        case Name::ttl_ms:
            return scratch = ttl_in<std::chrono::milliseconds>(values);
        case Name::segments:
            return scratch = std::to_string(values.segments);
        case Name::coding:
            return values.is_unicode ? "2" : "0";
        case Name::since_date:
            return scratch = values.since ? format_date(*values.since) : std::string();
        case Name::since_rfc3339:
            return scratch = values.since ? format_rfc3339(*values.since) : std::string();
        case Name::since_unix:
            return scratch = values.since
                                 ? std::to_string(std::chrono::duration_cast<std::chrono::seconds>(
                                                      values.since->time_since_epoch()
                                   )
                                                      .count())
                                 : std::string();
    }
    return {};
}

CompiledTemplate::CompiledTemplate(
    const config::Template& source, const Constants& constants, Use use
)
    : use_(use) {
    for (const auto& part : source.parts) {
        if (part.name.empty()) {
            add_literal(part.literal);
            continue;
        }
        Part compiled{{}, name_of(part.name), part.filters};
        if (compiled.name != Name::none) {
            parts_.push_back(std::move(compiled));
            continue;
        }
        const auto constant = constants.find(part.name);
        const std::string value =
            constant == constants.end() ? std::string() : filtered(part.filters, constant->second);
        if (value.empty()) is_absent_ = true;
        add_literal(use == Use::url && part.name != "base_url" ? percent_encode(value) : value);
    }
}

void CompiledTemplate::add_literal(std::string_view text) {
    if (parts_.empty() || parts_.back().name != Name::none) parts_.emplace_back();
    parts_.back().literal += text;
}

bool CompiledTemplate::append_part(std::string& out, const Part& part, const Values& values) const {
    std::string scratch;
    std::string_view value = value_of(part.name, values, scratch);
    if (value.empty()) return false;
    std::string changed;
    if (!part.filters.empty()) value = changed = filtered(part.filters, value);
    if (use_ == Use::url)
        append_percent_encoded(out, value);
    else
        out.append(value);
    return true;
}

bool CompiledTemplate::append(std::string& out, const Values& values) const {
    const std::size_t before = out.size();
    for (const auto& part : parts_) {
        if (part.name == Name::none) {
            out.append(part.literal);
        } else if (!append_part(out, part, values)) {
            out.resize(before);
            return false;
        }
    }
    if (is_absent_ || out.size() == before) {
        out.resize(before);
        return false;
    }
    return true;
}

std::string CompiledTemplate::text(const Values& values) const {
    std::string out;
    append(out, values);
    return out;
}

bool CompiledTemplate::is_list() const {
    return parts_.size() == 1 && parts_[0].name == Name::media && parts_[0].filters.empty();
}

bool CompiledTemplate::is_number() const {
    return parts_.size() == 1 &&
           std::find(parts_[0].filters.begin(), parts_[0].filters.end(), Filter::number) !=
               parts_[0].filters.end();
}

bool CompiledTemplate::mentions_media() const {
    return std::any_of(parts_.begin(), parts_.end(), [](const Part& part) {
        return part.name == Name::media;
    });
}

}  // namespace sallyport::sms
