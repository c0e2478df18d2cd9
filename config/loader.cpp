// SPDX-License-Identifier: Apache-2.0
#include "config/loader.hpp"

#include <map>
#include <tuple>

#include <glob.h>

#include "config/load_parts.hpp"

namespace sallyport::config {
namespace {

namespace fs = std::filesystem;

/// The files that a pattern names, sorted.
std::vector<fs::path> expand(const std::string& pattern) {
    std::vector<fs::path> files;
    ::glob_t found{};
    // Unsafe beside who changes the environment, which nobody does.
    if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {  // NOLINT(concurrency-mt-unsafe)
        for (std::size_t i = 0; i < found.gl_pathc; ++i) files.emplace_back(found.gl_pathv[i]);
    }
    ::globfree(&found);
    return files;
}

/// One run over all files.
class Loader {
  public:
    explicit Loader(fs::path file) { config_.file = std::move(file); }

    LoadResult run() {
        load_descriptions();
        auto root = parse_file(config_.file);
        if (root) load_main(*root);
        LoadResult result;
        result.mistakes = sorted(problems_.mistakes());
        result.warnings = sorted(problems_.warnings());
        if (result.mistakes.empty()) result.config = std::move(config_);
        return result;
    }

  private:
    std::optional<yaml::Node> parse_file(const fs::path& path) {
        order_.emplace(path.string(), order_.size());
        auto text = read_file(path);
        if (text) return yaml::parse(*text, path.string(), problems_);
        problems_.mistake({path.string(), 0, 0}, "", text.error().detail);
        return std::nullopt;
    }

    void load_main(const yaml::Node& root) {
        Scope scope{problems_, config_.file.parent_path(), true};
        Section top(root, "", scope);
        read_main(top, config_);
        std::string pattern = transports_pattern(top);
        top.finish();
        load_transports(top, pattern);
        check_together(config_, problems_);
    }

    void load_transports(Section& top, const std::string& pattern) {
        auto files = expand(pattern);
        if (files.empty() && !config_.server) {
            top.mistake("transports", "no file matches " + pattern + ": there is nothing to do");
        }
        for (const fs::path& file : files) {
            auto root = parse_file(file);
            if (!root) continue;
            Scope scope{problems_, file.parent_path(), true};
            Section transport(*root, "", scope);
            // A file that is no map was reported, its missing keys need no lines of their own.
            if (root->kind != yaml::Node::Kind::map) continue;
            auto found = read_transport(transport, config_);
            if (!found) continue;
            found->file = file;
            config_.transports.push_back(*std::move(found));
        }
        if (config_.admins.empty() && !config_.transports.empty())
            top.warning(
                "admins",
                "this key is missing: nobody is told of held providers, and texts to numbers that "
                "nobody has wait unseen"
            );
    }

    /// The built-in descriptions, then the operator's own beside the main file, which win by name.
    void load_descriptions() {
        config_.descriptions = builtin_descriptions(problems_);
        std::map<std::string, std::string> own;
        for (const fs::path& file :
             expand((config_.file.parent_path() / "providers/*.yaml").string())) {
            auto text = read_file(file);
            if (!text) {
                problems_.mistake({file.string(), 0, 0}, "", text.error().detail);
                continue;
            }
            auto description = read_description(*text, file.string(), problems_);
            if (!description) continue;
            auto [first, is_new] = own.emplace(description->name, file.string());
            if (is_new)
                config_.descriptions[description->name] = description;
            else
                problems_.mistake(
                    description->pos,
                    "provider",
                    description->name + " is described by " + first->second + " already"
                );
        }
    }

    /// The main file first, then the transports in the order of reading, then descriptions; by line
    /// within each.
    std::vector<Mistake> sorted(const std::vector<Mistake>& list) const {
        using Rank = std::tuple<std::size_t, std::string, int, int>;
        std::multimap<Rank, Mistake> ranked;
        for (const Mistake& mistake : list) {
            const SourcePos& pos = mistake.pos;
            auto found = order_.find(pos.file);
            std::size_t rank = found == order_.end() ? order_.size() : found->second;
            ranked.emplace(Rank{rank, pos.file, pos.line, pos.column}, mistake);
        }
        std::vector<Mistake> ordered;
        for (auto& [rank, mistake] : ranked) ordered.push_back(std::move(mistake));
        return ordered;
    }

    Problems problems_;
    Config config_;
    std::map<std::string, std::size_t> order_;
};

}  // namespace

LoadResult load(const fs::path& file) {
    return Loader(fs::absolute(file).lexically_normal()).run();
}

}  // namespace sallyport::config
