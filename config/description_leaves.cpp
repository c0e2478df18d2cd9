// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "config/description_parts.hpp"
#include "config/expressions.hpp"
#include "config/vocabulary.hpp"

namespace sallyport::config {
namespace {

constexpr std::string_view credential_prefix = "credentials.";

/// Does this selector fit to what it looks into? If not, why.
std::string misfit(const Selector& selector, Source source) {
    using Kind = Selector::Kind;
    bool is_field = selector.kind == Kind::field || selector.kind == Kind::series;
    if (source == Source::form_hook && selector.kind == Kind::pointer) {
        return "a form has fields, not JSON pointers";
    }
    if (source != Source::form_hook && is_field) {
        return "JSON is looked into by a pointer, which begins with /";
    }
    return "";
}

}  // namespace

bool LeafReader::is_known(std::string_view name, Names names) const {
    if (name.starts_with(credential_prefix)) {
        name.remove_prefix(credential_prefix.size());
        return names != Names::none &&
               std::any_of(credentials_.begin(), credentials_.end(), [&](const CredentialField& c) {
                   return c.name == name;
               });
    }
    const auto& all = vocabulary::template_names;
    return names == Names::all && std::find(all.begin(), all.end(), name) != all.end();
}

void LeafReader::check_names(const Template& value, const std::string& key, Names names) {
    for (const Template::Part& part : value.parts) {
        if (part.name.empty() || is_known(part.name, names)) continue;
        std::vector<std::string> candidates;
        if (names == Names::all) {
            candidates.assign(vocabulary::template_names.begin(), vocabulary::template_names.end());
        }
        for (const CredentialField& field : credentials_) {
            if (names != Names::none)
                candidates.push_back(std::string(credential_prefix) + field.name);
        }
        std::vector<std::string_view> views(candidates.begin(), candidates.end());
        problems_.mistake(
            value.pos, key, "there is no value {" + part.name + "} here", nearest(part.name, views)
        );
    }
}

Template LeafReader::make_template(
    std::string_view text, const SourcePos& pos, const std::string& key, Names names
) {
    auto value = parse_template(text);
    if (!value) {
        problems_.mistake(pos, key, in_quotes(text) + ": " + value.error().detail);
        return {};
    }
    value->pos = pos;
    check_names(*value, key, names);
    return *std::move(value);
}

Template LeafReader::make_template(Section& in, std::string_view key, Names names, Need need) {
    auto text = in.text(key, need);
    if (!text) return {};
    return make_template(*text, in.pos_of(key), in.key_path(key), names);
}

std::vector<Template> LeafReader::make_templates(
    Section& in, std::string_view key, Names names, Need need
) {
    std::vector<Template> found;
    for (const Item& item : in.texts(key, need)) {
        found.push_back(make_template(item.text, item.node->pos, item.key, names));
    }
    return found;
}

std::vector<Field> LeafReader::make_fields(Section& in, std::string_view key, Names names) {
    std::vector<Field> fields;
    auto section = in.section(key);
    if (!section) return fields;
    for (const auto& [name, node] : section->entries()) {
        auto text = section->scalar(*node, name.key);
        if (text) fields.push_back({name.text, make_template(*text, node->pos, name.key, names)});
    }
    return fields;
}

std::optional<Selector> LeafReader::parse(const Item& item, const SourcePos& pos, Source source) {
    auto selector = parse_selector(item.text);
    std::string why = selector ? misfit(*selector, source) : selector.error().detail;
    if (!why.empty()) {
        problems_.mistake(pos, item.key, in_quotes(item.text) + ": " + why);
        return {};
    }
    selector->pos = pos;
    return *std::move(selector);
}

Selectors LeafReader::make_selectors(Section& in, std::string_view key, Source source, Need need) {
    Selectors found;
    const yaml::Node* node = in.find(key, need);
    if (node == nullptr) return found;
    std::vector<Item> items;
    if (node->kind == yaml::Node::Kind::list) {
        items = in.texts(key);
    } else if (auto text = in.scalar(*node, in.key_path(key))) {
        items.push_back({*std::move(text), in.key_path(key), node});
    }
    for (const Item& item : items) {
        if (auto selector = parse(item, item.node->pos, source))
            found.push_back(*std::move(selector));
    }
    return found;
}

std::optional<Selector> LeafReader::make_selector(
    Section& in, std::string_view key, Source source
) {
    auto text = in.text(key);
    if (!text) return {};
    return parse({*std::move(text), in.key_path(key), nullptr}, in.pos_of(key), source);
}

std::vector<Condition> LeafReader::make_conditions(
    Section& in, std::string_view key, Source source, Names names
) {
    std::vector<Condition> conditions;
    auto section = in.section(key);
    if (!section) return conditions;
    for (const auto& [name, node] : section->entries()) {
        Condition condition;
        if (auto subject = parse(name, name.node->pos, source))
            condition.subject.push_back(*subject);
        condition.values = make_templates(*section, name.text, names);
        conditions.push_back(std::move(condition));
    }
    return conditions;
}

}  // namespace sallyport::config
