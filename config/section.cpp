// SPDX-License-Identifier: Apache-2.0
#include "config/section.hpp"

#include <algorithm>

#include "xmpp/core/text.hpp"

namespace sallyport::config {
namespace {

/// Letters added, dropped, replaced, or swapped with their neighbour.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> rows(
        a.size() + 1, std::vector<std::size_t>(b.size() + 1)
    );
    for (std::size_t i = 0; i <= a.size(); ++i) rows[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            std::size_t replaced = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            rows[i][j] = std::min({replaced, rows[i - 1][j] + 1, rows[i][j - 1] + 1});
            bool is_swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (is_swapped) rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
        }
    }
    return rows[a.size()][b.size()];
}

const yaml::Node& no_map() {
    static const yaml::Node empty;
    return empty;
}

std::string_view kind_name(yaml::Node::Kind kind) {
    switch (kind) {
        case yaml::Node::Kind::list:
            return "a list";
        case yaml::Node::Kind::map:
            return "a map of keys";
        case yaml::Node::Kind::text:
            return "a single value";
        case yaml::Node::Kind::empty:
            return "nothing";
    }
    return "";
}

std::string expected(std::string_view what, const yaml::Node& node) {
    return std::string(what) + " belongs here, not " + std::string(kind_name(node.kind));
}

}  // namespace

std::string nearest(std::string_view word, std::span<const std::string_view> candidates) {
    std::size_t best = std::max<std::size_t>(1, word.size() / 3) + 1;
    std::string_view found;
    if (word.size() > 100) return "";
    for (std::string_view candidate : candidates) {
        std::size_t distance = edit_distance(lower_ascii(word), lower_ascii(candidate));
        if (distance < best) {
            best = distance;
            found = candidate;
        }
    }
    return std::string(found);
}

std::string in_quotes(std::string_view text) {
    return "'" + truncate_characters(text, 60) + "'";
}

Section::Section(const yaml::Node& node, std::string path, Scope& scope)
    : node_(&node), path_(std::move(path)), scope_(&scope) {
    if (node.kind == yaml::Node::Kind::map) return;
    scope.problems.mistake(node.pos, path_, expected("a map of keys", node));
    node_ = &no_map();
}

std::string Section::key_path(std::string_view key) const {
    if (path_.empty() || key.empty()) return path_ + std::string(key);
    return path_ + "." + std::string(key);
}

SourcePos Section::pos_of(std::string_view key) const {
    const yaml::Node* node = node_->find(key);
    return node != nullptr ? node->pos : node_->pos;
}

void Section::mistake(std::string_view key, std::string what, std::string hint) {
    // A map that was no map has no place; it is reported already.
    if (node_ == &no_map()) return;
    scope_->problems.mistake(pos_of(key), key_path(key), std::move(what), std::move(hint));
}

void Section::warning(std::string_view key, std::string what) {
    scope_->problems.warning(pos_of(key), key_path(key), std::move(what));
}

bool Section::has(std::string_view key) {
    known_.emplace_back(key);
    return node_->find(key) != nullptr;
}

bool Section::is_empty_list(std::string_view key) const {
    const yaml::Node* node = node_->find(key);
    return node != nullptr && node->kind == yaml::Node::Kind::list && node->items.empty();
}

const yaml::Node* Section::find(std::string_view key, Need need) {
    known_.emplace_back(key);
    const yaml::Node* node = node_->find(key);
    if (node == nullptr) {
        if (need == Need::required) mistake(key, "this key is missing");
        return nullptr;
    }
    if (node->kind != yaml::Node::Kind::empty) return node;
    mistake(key, "the value is missing");
    return nullptr;
}

std::optional<std::string> Section::scalar(const yaml::Node& node, const std::string& path) {
    if (node.kind != yaml::Node::Kind::text) {
        scope_->problems.mistake(node.pos, path, expected("a single value", node));
        return {};
    }
    if (!scope_->has_references) return node.text;
    auto resolved = resolve_reference(node.text, scope_->folder);
    if (resolved) return std::string(resolved->reveal());
    scope_->problems.mistake(node.pos, path, resolved.error().detail);
    return {};
}

std::optional<std::string> Section::text(std::string_view key, Need need) {
    const yaml::Node* node = find(key, need);
    if (node == nullptr) return {};
    return scalar(*node, key_path(key));
}

std::optional<std::filesystem::path> Section::path(std::string_view key, Need need) {
    auto spelled = text(key, need);
    if (!spelled) return {};
    if (spelled->empty()) {
        mistake(key, "a path is missing here");
        return {};
    }
    return (scope_->folder / *spelled).lexically_normal();
}

std::optional<Secret> Section::secret_in_file(std::string_view key) {
    auto file = path(key);
    if (!file) return {};
    auto read = read_secret_file(*file);
    if (read && !read->is_empty()) return *std::move(read);
    mistake(key, read ? "the file " + file->string() + " is empty" : read.error().detail);
    return {};
}

std::optional<Secret> Section::secret(std::string_view key, Need need) {
    std::string in_file = std::string(key) + "_file";
    bool has_file = has(in_file);
    const yaml::Node* node = find(key);
    if (node != nullptr && has_file) {
        mistake(in_file, "give either " + std::string(key) + " or " + in_file + ", not both");
        return {};
    }
    if (has_file) return secret_in_file(in_file);
    if (node == nullptr) {
        // An empty `key:` was reported by find().
        if (need == Need::required && node_->find(key) == nullptr &&
            node_->find(in_file) == nullptr) {
            mistake(key, "this key (or " + in_file + ") is missing");
        }
        return {};
    }
    auto value = scalar(*node, key_path(key));
    if (!value) return {};
    if (value->empty()) {
        mistake(key, "the value is empty");
        return {};
    }
    return Secret(*value);
}

std::optional<Section> Section::section(std::string_view key, Need need) {
    const yaml::Node* node = find(key, need);
    if (node == nullptr) return {};
    Section below(*node, key_path(key), *scope_);
    if (node->kind != yaml::Node::Kind::map) return {};
    return below;
}

std::vector<Item> Section::texts(std::string_view key, Need need) {
    const yaml::Node* node = find(key, need);
    std::vector<Item> found;
    if (node == nullptr) return found;
    if (node->kind != yaml::Node::Kind::list) {
        std::string hint = node->kind == yaml::Node::Kind::text ? "[" + node->text + "]" : "";
        mistake(key, expected("a list", *node), is_reference(node->text) ? "" : hint);
        return found;
    }
    for (std::size_t i = 0; i < node->items.size(); ++i) {
        std::string at = key_path(key) + "[" + std::to_string(i) + "]";
        if (auto value = scalar(node->items[i], at)) {
            found.push_back({*std::move(value), at, &node->items[i]});
        }
    }
    return found;
}

std::vector<Section> Section::sections(std::string_view key, Need need) {
    const yaml::Node* node = find(key, need);
    std::vector<Section> found;
    if (node == nullptr) return found;
    if (node->kind != yaml::Node::Kind::list) {
        mistake(key, expected("a list", *node));
        return found;
    }
    for (std::size_t i = 0; i < node->items.size(); ++i) {
        Section below(node->items[i], key_path(key) + "[" + std::to_string(i) + "]", *scope_);
        if (node->items[i].kind == yaml::Node::Kind::map) found.push_back(std::move(below));
    }
    return found;
}

std::vector<std::pair<Item, const yaml::Node*>> Section::entries() {
    std::vector<std::pair<Item, const yaml::Node*>> found;
    for (std::size_t i = 0; i < node_->keys.size(); ++i) {
        const yaml::Node& key = node_->keys[i];
        known_.push_back(key.text);
        found.push_back({Item{key.text, key_path(key.text), &key}, &node_->items[i]});
    }
    return found;
}

void Section::finish() {
    std::vector<std::string_view> absent;
    for (const std::string& key : known_) {
        if (node_->find(key) == nullptr) absent.push_back(key);
    }
    for (const yaml::Node& key : node_->keys) {
        if (std::find(known_.begin(), known_.end(), key.text) != known_.end()) continue;
        scope_->problems.mistake(
            key.pos, key_path(key.text), "this key is not known here", nearest(key.text, absent)
        );
    }
}

void Section::report_value(std::string_view key, const std::string& why) {
    const yaml::Node* node = node_->find(key);
    // As written in the file: a reference may stand for a secret in the wrong place.
    mistake(key, in_quotes(node != nullptr ? node->text : "") + ": " + why);
}

void Section::report_word(
    std::string_view key, std::string_view text, std::span<const std::string_view> words
) {
    std::string known;
    for (std::string_view word : words) known += (known.empty() ? "" : ", ") + std::string(word);
    const yaml::Node* node = node_->find(key);
    mistake(
        key,
        in_quotes(node != nullptr ? node->text : "") + ": one of " + known + " belongs here",
        nearest(text, words)
    );
}

}  // namespace sallyport::config
