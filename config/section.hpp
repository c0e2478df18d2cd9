// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/secret.hpp"
#include "config/source.hpp"
#include "config/units.hpp"
#include "config/yaml.hpp"

namespace sallyport::config {

/// What every part of one file shares while it is read.
struct Scope {
    Problems& problems;
    std::filesystem::path folder;  ///< relative paths start here
    bool has_references = true;    ///< are ${env:…} and ${file:…} looked up?
};

/// A scalar of a list or the key of a map, with its place.
struct Item {
    std::string text;
    std::string key;  ///< key path
    const yaml::Node* node = nullptr;
};

enum class Need { optional, required };

/// A spelling and its value.
template <class T>
using Words = std::initializer_list<std::pair<std::string_view, T>>;

/// One map being read: hands out keys, and reports what is wrong with each and which nobody asked
/// for.
///
/// `finish()` must be called when all keys were asked for. The node must outlive the Section.
class Section {
  public:
    /// A node that is no map is reported; the Section is then empty and reports nothing more.
    Section(const yaml::Node& node, std::string path, Scope& scope);

    bool has(std::string_view key);
    /// Is there a list without items?
    bool is_empty_list(std::string_view key) const;
    /// The node of a key that may be there; an empty value counts as absent and is reported.
    const yaml::Node* find(std::string_view key, Need need = Need::optional);

    std::optional<std::string> text(std::string_view key, Need need = Need::optional);
    /// A path, made absolute from the file's folder.
    std::optional<std::filesystem::path> path(std::string_view key, Need need = Need::optional);
    /// `key` itself or `key_file`.
    std::optional<Secret> secret(std::string_view key, Need need = Need::optional);
    /// The map under a key.
    std::optional<Section> section(std::string_view key, Need need = Need::optional);
    /// The scalars of a list; a scalar in its place is reported.
    std::vector<Item> texts(std::string_view key, Need need = Need::optional);
    /// The maps of a list.
    std::vector<Section> sections(std::string_view key, Need need = Need::optional);
    /// Every key of this map with its value's node; all count as known.
    std::vector<std::pair<Item, const yaml::Node*>> entries();

    /// A scalar understood by one of units.hpp's parsers (or any like it).
    template <class T>
    std::optional<T> value(
        std::string_view key, Result<T> (*parse)(std::string_view), Need need = Need::optional
    ) {
        auto spelled = text(key, need);
        if (!spelled) return {};
        return parsed(key, parse(*spelled));
    }
    template <class T, class Into>
    void set(Into& into, std::string_view key, Result<T> (*parse)(std::string_view)) {
        if (auto found = value(key, parse)) into = *std::move(found);
    }
    /// One word of a closed list.
    template <class T>
    std::optional<T> word(std::string_view key, Words<T> words, Need need = Need::optional) {
        auto spelled = text(key, need);
        if (!spelled) return {};
        std::vector<std::string_view> names;
        for (const auto& [name, result] : words) {
            if (name == *spelled) return result;
            names.push_back(name);
        }
        report_word(key, *spelled, names);
        return {};
    }
    template <class T>
    void set_word(T& into, std::string_view key, Words<T> words) {
        if (auto found = word(key, words)) into = *found;
    }

    /// Reports every key that was not asked for, with the nearest known one as a hint.
    void finish();

    void mistake(std::string_view key, std::string what, std::string hint = {});
    void warning(std::string_view key, std::string what);
    std::string key_path(std::string_view key) const;
    SourcePos pos_of(std::string_view key) const;
    const SourcePos& pos() const { return node_->pos; }
    Scope& scope() const { return *scope_; }
    /// The text of a scalar node, its reference resolved; reports what is no scalar.
    std::optional<std::string> scalar(const yaml::Node& node, const std::string& path);

  private:
    template <class T>
    std::optional<T> parsed(std::string_view key, Result<T> result) {
        if (result) return *std::move(result);
        report_value(key, result.error().detail);
        return {};
    }
    void report_value(std::string_view key, const std::string& why);
    void report_word(
        std::string_view key, std::string_view text, std::span<const std::string_view> words
    );
    std::optional<Secret> secret_in_file(std::string_view key);

    const yaml::Node* node_;
    std::string path_;
    Scope* scope_;
    std::vector<std::string> known_;
};

/// The nearest of `candidates` when it is near enough to be what was meant, else "".
std::string nearest(std::string_view word, std::span<const std::string_view> candidates);

/// "'text'", cut to a readable length.
std::string in_quotes(std::string_view text);

}  // namespace sallyport::config
