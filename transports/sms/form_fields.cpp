// SPDX-License-Identifier: Apache-2.0
#include "transports/sms/form_fields.hpp"

#include <algorithm>

#include "xmpp/core/text.hpp"

namespace sallyport::sms {

namespace {

Result<std::string> decode(std::string_view text) {
    if (text.find_first_of("%+") == std::string_view::npos) return std::string(text);
    return percent_decode(text, true);
}

}  // namespace

Result<port::HttpFields> parse_form(std::string_view text) {
    port::HttpFields fields;
    while (!text.empty()) {
        const auto end = std::min(text.find('&'), text.size());
        const std::string_view one = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (one.empty()) continue;
        if (fields.size() == max_form_fields) return Error("too many form fields");
        const auto equals = std::min(one.find('='), one.size());
        auto name = decode(one.substr(0, equals));
        if (!name) return name.error();
        auto value = decode(one.substr(std::min(equals + 1, one.size())));
        if (!value) return value.error();
        fields.emplace_back(*std::move(name), *std::move(value));
    }
    return fields;
}

std::string_view query_of(std::string_view url) {
    url = url.substr(0, url.find('#'));
    const auto mark = url.find('?');
    return mark == std::string_view::npos ? std::string_view() : url.substr(mark + 1);
}

const std::string* find_field(const port::HttpFields& fields, std::string_view name) {
    const auto found = std::find_if(fields.begin(), fields.end(), [&](const auto& field) {
        return field.first == name;
    });
    return found == fields.end() ? nullptr : &found->second;
}

bool has_media_type(const port::HttpFields& headers, std::string_view type) {
    const auto value = port::header(headers, "Content-Type");
    return value && iequals_ascii(trim(value->substr(0, value->find(';'))), type);
}

}  // namespace sallyport::sms
