// SPDX-License-Identifier: Apache-2.0
#include "transports/sms/document.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <boost/json/parse.hpp>
#include <boost/regex.hpp>

#include "transports/sms/form_fields.hpp"
#include "xmpp/core/values.hpp"

namespace sallyport::sms {

namespace {

namespace json = boost::json;
using Kind = config::Selector::Kind;

constexpr std::size_t longest_searched_bytes = 64UL * 1024;
constexpr std::size_t most_found = 2000;

/// Scalars as text; nothing for null, objects and arrays.
std::optional<std::string> text_of(const json::value& value) {
    std::array<char, 32> out{};
    switch (value.kind()) {
        case json::kind::string:
            return std::string(value.get_string().data(), value.get_string().size());
        case json::kind::bool_:
            return value.get_bool() ? "true" : "false";
        case json::kind::int64:
            return std::to_string(value.get_int64());
        case json::kind::uint64:
            return std::to_string(value.get_uint64());
        case json::kind::double_:
            return std::string(
                out.data(),
                std::to_chars(out.data(), out.data() + out.size(), value.get_double()).ptr
            );
        default:
            return std::nullopt;
    }
}

const json::value* step_into(const json::value& value, const std::string& key) {
    if (const auto* object = value.if_object()) return object->if_contains(key);
    const auto* array = value.if_array();
    if (array == nullptr) return nullptr;
    const auto index = parse_decimal<std::size_t>(key);
    return index ? array->if_contains(*index) : nullptr;
}

using Steps = std::vector<config::Selector::Step>;
using Reached = std::vector<const json::value*>;

void walk(const json::value& value, const Steps& steps, std::size_t at, Reached& out) {
    if (out.size() >= most_found) return;
    if (at == steps.size()) {
        out.push_back(&value);
        return;
    }
    if (!steps[at].every) {
        if (const auto* next = step_into(value, steps[at].key)) walk(*next, steps, at + 1, out);
        return;
    }
    if (const auto* array = value.if_array()) {
        for (const auto& item : *array) walk(item, steps, at + 1, out);
    } else if (const auto* object = value.if_object()) {
        for (const auto& member : *object) walk(member.value(), steps, at + 1, out);
    }
}

}  // namespace

bool Document::parse_json() {
    boost::system::error_code error;
    auto value = json::parse({body_.data(), body_.size()}, error);
    if (error) return false;
    json_ = std::make_unique<json::value>(std::move(value));
    return true;
}

struct TextPattern::Impl {
    explicit Impl(const std::string& expression) : regex(expression, boost::regex::ECMAScript) {}
    boost::regex regex;
};

TextPattern::TextPattern(const std::string& expression) {
    try {
        impl_ = std::make_shared<const Impl>(expression);
    } catch (const boost::regex_error&) {
        impl_ = nullptr;  // config checked it: a dialect difference finds nothing rather than
                          // ending the program
    }
}

std::optional<std::string> TextPattern::find(std::string_view text) const {
    if (!impl_) return std::nullopt;
    text = text.substr(0, longest_searched_bytes);
    try {
        boost::cmatch match;
        if (!boost::regex_search(text.data(), text.data() + text.size(), match, impl_->regex))
            return std::nullopt;
        return match.size() > 1 ? match[1].str() : match[0].str();
    } catch (const std::runtime_error&) {  // Boost.Regex gives up on exploding expressions
        return std::nullopt;
    }
}

struct Finder::Compiled {
    explicit Compiled(const config::Selector& selector) : source(selector) {
        if (selector.kind == Kind::regex) pattern.emplace(selector.name);
    }

    Reached reach(const Place& place) const {
        Reached out;
        const auto* start = place.element != nullptr ? place.element : place.document.root();
        if (source.kind == Kind::pointer && start != nullptr) walk(*start, source.steps, 0, out);
        return out;
    }

    void find_pointer(const Place& place, std::vector<std::string>& out) const {
        for (const auto* value : reach(place)) {
            if (auto text = text_of(*value)) out.push_back(*std::move(text));
        }
    }

    void find_series(const Place& place, std::vector<std::string>& out) const {
        while (out.size() < most_found) {
            const auto* value =
                find_field(place.document.fields(), source.name + std::to_string(out.size()));
            if (value == nullptr) return;
            out.push_back(*value);
        }
    }

    std::vector<std::string> find(const Place& place) const {
        std::vector<std::string> out;
        const auto keep = [&](auto&& found) {
            if (found) out.emplace_back(*found);
        };
        switch (source.kind) {
            case Kind::pointer:
                find_pointer(place, out);
                break;
            case Kind::series:
                find_series(place, out);
                break;
            case Kind::field:
                keep(find_field(place.document.fields(), source.name));
                break;
            case Kind::header:
                keep(port::header(place.document.headers(), source.name));
                break;
            case Kind::regex:
                keep(pattern->find(place.document.body()));
                break;
        }
        return out;
    }

    config::Selector source;
    std::optional<TextPattern> pattern;
};

Finder::Finder(const config::Selectors& selectors) {
    for (const auto& selector : selectors)
        selectors_.push_back(std::make_shared<const Compiled>(selector));
}

Finder::Finder(const std::optional<config::Selector>& selector) {
    if (selector) selectors_.push_back(std::make_shared<const Compiled>(*selector));
}

bool Finder::needs_json() const {
    return std::any_of(selectors_.begin(), selectors_.end(), [](const auto& one) {
        return one->source.kind == Kind::pointer;
    });
}

std::vector<std::string> Finder::all(const Place& place) const {
    for (const auto& selector : selectors_) {
        auto found = selector->find(place);
        if (!found.empty()) return found;
    }
    return {};
}

std::optional<std::string> Finder::first(const Place& place) const {
    for (const auto& selector : selectors_) {
        auto found = selector->find(place);
        if (!found.empty()) return std::move(found.front());
    }
    return std::nullopt;
}

std::vector<Place> Finder::elements(const Place& place) const {
    std::vector<Place> out;
    if (selectors_.empty()) return out;
    for (const auto* value : selectors_.front()->reach(place)) {
        // `each: ""` reaches the document itself, which is then a list of elements.
        const auto* list = selectors_.front()->source.steps.empty() ? value->if_array() : nullptr;
        if (list == nullptr) {
            out.push_back({place.document, value});
            continue;
        }
        for (const auto& item : *list) out.push_back({place.document, &item});
    }
    return out;
}

Conditions::Conditions(const std::vector<config::Condition>& source, const Constants& constants) {
    for (const auto& condition : source) {
        Row row{Finder(condition.subject), {}};
        for (const auto& value : condition.values) row.values.emplace_back(value, constants);
        rows_.push_back(std::move(row));
    }
}

bool Conditions::needs_json() const {
    return std::any_of(rows_.begin(), rows_.end(), [](const Row& row) {
        return row.subject.needs_json();
    });
}

bool Conditions::hold(const Place& place, const Values& values) const {
    return std::all_of(rows_.begin(), rows_.end(), [&](const Row& row) {
        const auto found = row.subject.all(place);
        return std::any_of(
            row.values.begin(),
            row.values.end(),
            [&](const CompiledTemplate& value) {
                return std::find(found.begin(), found.end(), value.text(values)) != found.end();
            }
        );
    });
}

}  // namespace sallyport::sms
