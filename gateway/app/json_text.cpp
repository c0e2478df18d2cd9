// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/json_text.hpp"

#include <cstdio>

#include "xmpp/core/text.hpp"

namespace sallyport::app {

JsonText& JsonText::open(char bracket) {
    text_ += bracket;
    needs_comma_ = false;
    return *this;
}

JsonText& JsonText::close(char bracket) {
    text_ += bracket;
    needs_comma_ = true;
    return *this;
}

JsonText& JsonText::field(std::string_view key, std::string_view text) {
    name(key);
    quoted(text);
    return *this;
}

JsonText& JsonText::number(std::string_view key, std::uint64_t value) {
    return raw(key, std::to_string(value));
}

JsonText& JsonText::raw(std::string_view key, std::string_view json) {
    name(key);
    text_ += json;
    return *this;
}

JsonText& JsonText::append(const JsonText& value) {
    text_ += value.text_;
    needs_comma_ = true;
    return *this;
}

void JsonText::comma() {
    if (needs_comma_) text_ += ',';
    needs_comma_ = true;
}

void JsonText::name(std::string_view key) {
    comma();
    quoted(key);
    text_ += ':';
}

void JsonText::quoted(std::string_view bytes) {
    text_ += '"';
    for (char c : to_xml_text(bytes)) {
        if (c == '"' || c == '\\') {
            text_ += '\\';
            text_ += c;
        } else if (static_cast<unsigned char>(c) < 0x20) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
            text_ += escape;
        } else {
            text_ += c;
        }
    }
    text_ += '"';
}

}  // namespace sallyport::app
