// SPDX-License-Identifier: Apache-2.0
#include "transports/sms/request_builder.hpp"

#include <algorithm>

#include "transports/sms/text_coding.hpp"

namespace sallyport::sms {

namespace {

using config::JsonTemplate;

std::string_view method_name(config::Method method) {
    switch (method) {
        case config::Method::get:
            return "GET";
        case config::Method::post:
            return "POST";
        case config::Method::put:
            return "PUT";
    }
    return "GET";
}

port::HttpFields constant_fields(
    const std::vector<config::Field>& fields, const Constants& constants
) {
    port::HttpFields out;
    for (const auto& field : fields) {
        std::string value = CompiledTemplate(field.value, constants).text();
        if (!value.empty()) out.emplace_back(field.name, std::move(value));
    }
    return out;
}

/// A header value never makes a second header.
void remove_controls(std::string& value) {
    std::erase_if(value, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

CompiledAuth::CompiledAuth(const config::Auth& source, const Constants& constants)
    : headers(constant_fields(source.headers, constants)),
      query(constant_fields(source.query, constants)),
      form(constant_fields(source.form, constants)) {
    if (source.basic) {
        basic.emplace(
            CompiledTemplate(source.basic->first, constants).text(),
            CompiledTemplate(source.basic->second, constants).text()
        );
    }
    if (source.bearer)
        headers.emplace_back(
            "Authorization", "Bearer " + CompiledTemplate(*source.bearer, constants).text()
        );
}

void CompiledAuth::apply(port::HttpRequest& request) const {
    if (basic) {
        request.username = basic->first;
        request.password = basic->second;
    }
    request.headers.insert(request.headers.end(), headers.begin(), headers.end());
}

RequestBuilder::RequestBuilder(
    const config::Request& source, const CompiledAuth& auth, const Constants& constants
)
    : method_(method_name(source.method)),
      url_(source.url, constants, CompiledTemplate::Use::url),
      query_(compile(source.query, auth.query, constants)),
      form_(compile(source.form, auth.form, constants)),
      auth_(auth) {
    for (const auto& field : source.headers)
        headers_.push_back({field.name, CompiledTemplate(field.value, constants)});
    if (source.json) json_ = compile_json(*source.json, constants);
}

std::vector<RequestBuilder::Field> RequestBuilder::compile(
    const std::vector<config::Field>& fields,
    const port::HttpFields& auth,
    const Constants& constants
) {
    std::vector<Field> out;
    const auto add = [&](std::string_view name, CompiledTemplate value) {
        Field field{{}, std::move(value)};
        append_percent_encoded(field.name, name);
        field.name.push_back('=');
        out.push_back(std::move(field));
    };
    for (const auto& field : fields) add(field.name, CompiledTemplate(field.value, constants));
    for (const auto& [name, value] : auth) {
        config::Template literal;
        literal.parts.push_back({value, {}, {}});
        add(name, CompiledTemplate(literal, constants));
    }
    return out;
}

RequestBuilder::Json RequestBuilder::compile_json(
    const JsonTemplate& source, const Constants& constants
) {
    Json json;
    json.kind = source.kind;
    json.value = CompiledTemplate(source.value, constants);
    json.literal = source.value.text;
    for (const auto& [name, member] : source.members) {
        std::string quoted;
        append_json_string(quoted, name);
        json.members.emplace_back(quoted + ":", compile_json(member, constants));
    }
    for (const auto& item : source.items) json.items.push_back(compile_json(item, constants));
    return json;
}

bool RequestBuilder::append_object(std::string& out, const Json& json, const Values& values) {
    out.push_back('{');
    bool is_first = true;
    for (const auto& [name, member] : json.members) {
        const std::size_t before = out.size();
        if (!is_first) out.push_back(',');
        out.append(name);
        if (append_json(out, member, values))
            is_first = false;
        else
            out.resize(before);
    }
    out.push_back('}');
    return !is_first || json.members.empty();
}

bool RequestBuilder::append_array(std::string& out, const Json& json, const Values& values) {
    out.push_back('[');
    bool is_first = true;
    const auto separate = [&] {
        if (!is_first) out.push_back(',');
        is_first = false;
    };
    if (json.items.size() == 1 && json.items[0].value.is_list()) {
        for (const auto& url : values.media) {
            separate();
            append_json_string(out, url);
        }
    } else {
        for (const auto& item : json.items) {
            std::string text;
            if (!append_json(text, item, values)) continue;
            separate();
            out.append(text);
        }
    }
    out.push_back(']');
    return !is_first || json.items.empty();
}

bool RequestBuilder::append_json(std::string& out, const Json& json, const Values& values) {
    switch (json.kind) {
        case JsonTemplate::Kind::object:
            return append_object(out, json, values);
        case JsonTemplate::Kind::array:
            return append_array(out, json, values);
        case JsonTemplate::Kind::literal:
            out.append(json.literal);
            return true;
        case JsonTemplate::Kind::text:
            break;
    }
    const std::string text = json.value.text(values);
    if (text.empty()) return false;
    if (json.value.is_number())
        out.append(text);
    else
        append_json_string(out, text);
    return true;
}

void RequestBuilder::append_fields(
    std::string& out, const std::vector<Field>& fields, const Values& values
) {
    std::string value;
    const auto add = [&](const Field& field, std::string_view text) {
        if (!out.empty() && out.back() != '?') out.push_back('&');
        out.append(field.name);
        append_percent_encoded(out, text);
    };
    for (const auto& field : fields) {
        if (field.value.is_list()) {
            for (const auto& url : values.media) add(field, url);
            continue;
        }
        value.clear();
        if (field.value.append(value, values)) add(field, value);
    }
}

port::HttpRequest RequestBuilder::build(const Values& values) const {
    port::HttpRequest request(method_, {});
    url_.append(request.url, values);
    if (!query_.empty()) {
        const bool has_query = request.url.find('?') != std::string::npos;
        std::string query;
        append_fields(query, query_, values);
        if (!query.empty()) request.url.append(has_query ? "&" : "?").append(query);
    }
    for (const auto& header : headers_) {
        std::string value = header.value.text(values);
        remove_controls(value);
        if (!value.empty()) request.headers.emplace_back(header.name, std::move(value));
    }
    auth_.apply(request);
    if (json_) {
        append_json(request.body, *json_, values);
        request.headers.emplace_back("Content-Type", "application/json");
    } else if (!form_.empty()) {
        request.body.reserve(256 + values.text.size() * 2);
        append_fields(request.body, form_, values);
        request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    }
    return request;
}

bool RequestBuilder::json_mentions_media(const Json& json) {
    return json.value.mentions_media() ||
           std::any_of(json.items.begin(), json.items.end(), json_mentions_media) ||
           std::any_of(json.members.begin(), json.members.end(), [](const auto& member) {
               return json_mentions_media(member.second);
           });
}

bool RequestBuilder::mentions_media() const {
    const auto mentions = [](const Field& field) { return field.value.mentions_media(); };
    return std::any_of(form_.begin(), form_.end(), mentions) ||
           std::any_of(query_.begin(), query_.end(), mentions) ||
           (json_ && json_mentions_media(*json_));
}

}  // namespace sallyport::sms
