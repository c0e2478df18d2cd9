// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <regex>

#include "config/description_parts.hpp"
#include "config/expressions.hpp"

namespace sallyport::config {
namespace {

struct MethodName {
    std::string_view key;
    Method method;
};
constexpr std::array<MethodName, 3> method_names{
    {{"get", Method::get}, {"post", Method::post}, {"put", Method::put}}};

/// Unquoted true, false and numbers stay what they are in JSON; quoted they are text.
bool is_json_literal(const yaml::Node& node) {
    static const std::regex number(R"(-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?)");
    if (node.is_quoted) return false;
    return node.text == "true" || node.text == "false" || std::regex_match(node.text, number);
}

JsonTemplate read_json(const yaml::Node& node, const std::string& key, LeafReader& leaves) {
    JsonTemplate value;
    switch (node.kind) {
        case yaml::Node::Kind::map:
            value.kind = JsonTemplate::Kind::object;
            for (std::size_t i = 0; i < node.keys.size(); ++i) {
                const std::string& name = node.keys[i].text;
                value.members.push_back({name, read_json(node.items[i], key + "." + name, leaves)});
            }
            break;
        case yaml::Node::Kind::list:
            value.kind = JsonTemplate::Kind::array;
            for (std::size_t i = 0; i < node.items.size(); ++i) {
                std::string below = key + "[" + std::to_string(i) + "]";
                value.items.push_back(read_json(node.items[i], below, leaves));
            }
            break;
        case yaml::Node::Kind::text:
            value.kind =
                is_json_literal(node) ? JsonTemplate::Kind::literal : JsonTemplate::Kind::text;
            value.value = leaves.make_template(node.text, node.pos, key, Names::all);
            break;
        case yaml::Node::Kind::empty:
            value.kind = JsonTemplate::Kind::literal;
            value.value.text = "null";
            value.value.pos = node.pos;
            break;
    }
    return value;
}

bool is_url(std::string_view text) {
    return text.starts_with("{base_url}/") || text.starts_with("https://") ||
           text.starts_with("http://");
}

/// Reads the method and URL, if there; more than one is a mistake.
bool read_method(Section& in, LeafReader& leaves, Request& into) {
    bool found = false;
    for (const MethodName& row : method_names) {
        if (!in.has(row.key)) continue;
        if (found) in.mistake(row.key, "one of get, post and put belongs here, not two");
        found = true;
        into.method = row.method;
        into.url = leaves.make_template(in, row.key, Names::all);
        // Values never make structure: where a request goes must be readable in the description.
        if (!into.url.is_empty() && !is_url(into.url.text)) {
            in.mistake(row.key, "a URL begins with {base_url}/ or https://");
        }
    }
    return found;
}

void check_body(Section& in, const Request& request) {
    if (request.json && !request.form.empty()) {
        in.mistake("json", "a request has either a form or a JSON body");
    }
    if (request.method == Method::get && (request.json || !request.form.empty())) {
        in.mistake(request.json ? "json" : "form", "a GET request has no body");
    }
}

void read_rest(Section& in, LeafReader& leaves, Request& into) {
    into.headers = leaves.make_fields(in, "headers", Names::all);
    into.query = leaves.make_fields(in, "query", Names::all);
    into.form = leaves.make_fields(in, "form", Names::all);
    const yaml::Node* json = in.find("json");
    if (json != nullptr) into.json = read_json(*json, in.key_path("json"), leaves);
    into.pos = in.pos();
}

/// Lays fields over others by name; an empty template takes one away.
void overlay_fields(std::vector<Field>& base, std::vector<Field> over) {
    for (Field& field : over) {
        std::erase_if(base, [&](const Field& old) { return old.name == field.name; });
        if (!field.value.is_empty()) base.push_back(std::move(field));
    }
}

void overlay_json(std::optional<JsonTemplate>& base, std::optional<JsonTemplate> over) {
    if (!over) return;
    if (!base || over->kind != JsonTemplate::Kind::object) {
        base = std::move(over);
        return;
    }
    for (auto& [name, value] : over->members) {
        std::erase_if(base->members, [&](const JsonMember& old) { return old.name == name; });
        bool is_removed = value.kind == JsonTemplate::Kind::text && value.value.is_empty();
        if (!is_removed) base->members.push_back({std::move(name), std::move(value)});
    }
}

/// `unicode:` and `media:` of send: what they name replaces the request's own.
std::optional<Request> read_overlay(
    Section& send, std::string_view key, const Request& base, LeafReader& leaves
) {
    auto section = send.section(key);
    if (!section) return {};
    Request over;
    Request whole = base;
    if (read_method(*section, leaves, over)) {
        whole.method = over.method;
        whole.url = over.url;
    }
    read_rest(*section, leaves, over);
    section->finish();
    overlay_fields(whole.headers, std::move(over.headers));
    overlay_fields(whole.query, std::move(over.query));
    overlay_fields(whole.form, std::move(over.form));
    overlay_json(whole.json, std::move(over.json));
    whole.pos = over.pos;
    check_body(*section, whole);
    return whole;
}

std::vector<int> read_statuses(Section& in, std::string_view key) {
    std::vector<int> statuses;
    for (const Item& item : in.texts(key)) {
        auto number = parse_count(item.text);
        if (number && *number >= 100 && *number <= 599) {
            statuses.push_back(static_cast<int>(*number));
        } else {
            in.scope().problems.mistake(
                item.node->pos, item.key, in_quotes(item.text) + " is not an HTTP status"
            );
        }
    }
    return statuses;
}

Accept read_accept(Section& in, LeafReader& leaves) {
    Accept accept;
    accept.http = read_statuses(in, "http");
    accept.each = leaves.make_selector(in, "each", Source::response);
    accept.when = leaves.make_conditions(in, "when", Source::response, Names::none);
    accept.text = in.text("text");
    if (accept.text && !is_expression(*accept.text)) {
        in.mistake("text", in_quotes(*accept.text) + " is not a regular expression");
    }
    accept.id = leaves.make_selectors(in, "id", Source::response);
    in.finish();
    return accept;
}

}  // namespace

Auth read_auth(Section& top, LeafReader& leaves) {
    Auth auth;
    auto in = top.section("auth");
    if (!in) return auth;
    auto basic = leaves.make_templates(*in, "basic", Names::credentials);
    if (basic.size() == 2)
        auth.basic.emplace(std::move(basic[0]), std::move(basic[1]));
    else if (in->has("basic"))
        in->mistake("basic", "a list of two belongs here: user and password");
    if (in->has("bearer")) auth.bearer = leaves.make_template(*in, "bearer", Names::credentials);
    auth.headers = leaves.make_fields(*in, "headers", Names::credentials);
    auth.query = leaves.make_fields(*in, "query", Names::credentials);
    auth.form = leaves.make_fields(*in, "form", Names::credentials);
    in->finish();
    return auth;
}

Request read_request(Section& in, LeafReader& leaves) {
    Request request;
    if (!read_method(in, leaves, request)) in.mistake("", "one of get, post and put is missing");
    read_rest(in, leaves, request);
    check_body(in, request);
    return request;
}

Send read_send(Section& in, LeafReader& leaves) {
    Send send;
    send.request = read_request(in, leaves);
    send.unicode = read_overlay(in, "unicode", send.request, leaves);
    send.media = read_overlay(in, "media", send.request, leaves);
    if (auto accept = in.section("accept", Need::required))
        send.accept = read_accept(*accept, leaves);
    if (auto error = in.section("error")) {
        send.error.code = leaves.make_selectors(*error, "code", Source::response);
        send.error.text = leaves.make_selectors(*error, "text", Source::response);
        error->finish();
    }
    in.finish();
    return send;
}

}  // namespace sallyport::config
