// SPDX-License-Identifier: Apache-2.0
#include "config/expressions.hpp"

#include <algorithm>
#include <array>
#include <regex>

#include "config/section.hpp"
#include "xmpp/core/text.hpp"

// template = *( literal / "{{" / "}}" / "{" name *( "|" filter ) "}" )
// pointer  = *( "/" step ), step = "*" / RFC 6901 reference token
namespace sallyport::config {
namespace {

struct FilterName {
    std::string_view name;
    Filter filter;
};
constexpr std::array<FilterName, 6> filter_names{{
    {"digits", Filter::digits},
    {"utf16be", Filter::utf16be},
    {"latin1", Filter::latin1},
    {"base64", Filter::base64},
    {"hex", Filter::hex},
    {"number", Filter::number},
}};

bool is_name(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    });
}

Error unknown_filter(std::string_view word) {
    std::string known;
    for (const FilterName& row : filter_names) {
        known += (known.empty() ? "" : ", ") + std::string(row.name);
    }
    return Error("the filter " + in_quotes(word) + " is not known; there are " + known);
}

Result<Template::Part> parse_part(std::string_view inside) {
    Template::Part part;
    auto bar = inside.find('|');
    part.name = inside.substr(0, bar);
    if (!is_name(part.name)) return Error(in_quotes(part.name) + " is no name of a value");
    while (bar != std::string_view::npos) {
        inside.remove_prefix(bar + 1);
        bar = inside.find('|');
        std::string_view word = inside.substr(0, bar);
        auto row = std::find_if(filter_names.begin(), filter_names.end(), [&](const FilterName& r) {
            return r.name == word;
        });
        if (row == filter_names.end()) return unknown_filter(word);
        part.filters.push_back(row->filter);
    }
    return part;
}

/// Takes one part from the front of `rest`; literal text is added to the part before.
Result<> take_part(std::string_view& rest, std::vector<Template::Part>& parts) {
    bool is_literal = rest.starts_with("{{") || rest.starts_with("}}") || rest[0] != '{';
    if (is_literal && rest[0] == '}' && !rest.starts_with("}}")) {
        return Error("a closing brace without an opening one (a brace itself is written {{ or }})");
    }
    if (is_literal) {
        if (parts.empty() || !parts.back().name.empty()) parts.emplace_back();
        parts.back().literal += rest[0];
        rest.remove_prefix(rest[0] == '{' || rest[0] == '}' ? 2 : 1);
        return {};
    }
    auto end = rest.find('}');
    if (end == std::string_view::npos)
        return Error("a brace is not closed (a brace itself is written {{)");
    auto part = parse_part(rest.substr(1, end - 1));
    if (!part) return part.error();
    parts.push_back(*std::move(part));
    rest.remove_prefix(end + 1);
    return {};
}

bool uses_number(const Template& value) {
    return std::any_of(value.parts.begin(), value.parts.end(), [](const Template::Part& part) {
        return std::count(part.filters.begin(), part.filters.end(), Filter::number) > 0;
    });
}

Result<std::string> unescape_step(std::string_view step) {
    std::string key;
    for (std::size_t i = 0; i < step.size(); ++i) {
        if (step[i] != '~') {
            key += step[i];
            continue;
        }
        char next = i + 1 < step.size() ? step[++i] : '\0';
        if (next != '0' && next != '1')
            return Error("in a pointer ~ is written ~0 and / is written ~1");
        key += next == '0' ? '~' : '/';
    }
    return key;
}

Result<Selector> parse_pointer(std::string_view text) {
    Selector selector;
    selector.kind = Selector::Kind::pointer;
    while (!text.empty()) {
        text.remove_prefix(1);
        std::string_view step = text.substr(0, text.find('/'));
        auto key = unescape_step(step);
        if (!key) return key.error();
        selector.steps.push_back({*std::move(key), step == "*"});
        text.remove_prefix(step.size());
    }
    return selector;
}

Result<Selector> named(Selector::Kind kind, std::string name, std::string_view what) {
    if (name.empty()) return Error(std::string(what) + " is missing");
    Selector selector;
    selector.kind = kind;
    selector.name = std::move(name);
    return selector;
}

Result<Selector> parse_kind(std::string_view text) {
    if (text.empty() || text.starts_with('/')) return parse_pointer(text);
    if (text.starts_with("header:")) {
        return named(Selector::Kind::header, lower_ascii(text.substr(7)), "the header's name");
    }
    if (text.starts_with("regex:")) {
        if (!is_expression(text.substr(6))) return Error("this is not a regular expression");
        return named(Selector::Kind::regex, std::string(text.substr(6)), "the expression");
    }
    if (text.ends_with('*')) {
        text.remove_suffix(1);
        return named(Selector::Kind::series, std::string(text), "the field's name");
    }
    return named(Selector::Kind::field, std::string(text), "the field's name");
}

}  // namespace

std::string_view Template::sole_name() const {
    bool is_sole = parts.size() == 1 && !parts[0].name.empty() && parts[0].filters.empty();
    return is_sole ? std::string_view(parts[0].name) : std::string_view{};
}

Result<Template> parse_template(std::string_view text) {
    Template value;
    value.text = text;
    for (std::string_view rest = text; !rest.empty();) {
        auto taken = take_part(rest, value.parts);
        if (!taken) return taken.error();
    }
    if (uses_number(value) && value.parts.size() != 1) {
        return Error("the filter 'number' makes a JSON number: nothing else may stand beside it");
    }
    return value;
}

Result<Selector> parse_selector(std::string_view text) {
    auto selector = parse_kind(text);
    if (selector) selector->text = text;
    return selector;
}

bool is_expression(std::string_view text) {
    try {
        static_cast<void>(std::regex(std::string(text)));
        return !text.empty();
    } catch (const std::regex_error&) {
        return false;
    }
}

}  // namespace sallyport::config
