// SPDX-License-Identifier: Apache-2.0
#include "config/yaml.hpp"

#include <map>
#include <sstream>
#include <utility>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace sallyport::config::yaml {
namespace {

/// Aliases are copied: without this bound a short file could grow into gigabytes.
constexpr std::size_t max_nodes = 100'000;

struct TooLarge : std::exception {};

std::size_t count_nodes(const Node& node) {
    std::size_t count = 1 + node.keys.size();
    for (const Node& item : node.items) count += count_nodes(item);
    return count;
}

/// Builds the tree from yaml-cpp's events, which tell the position and the quoting of every scalar.
class Builder : public YAML::EventHandler {
  public:
    explicit Builder(std::string file) : file_(std::move(file)) {}

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        close(make(mark, Node::Kind::empty), anchor);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        Node copy = anchors_[anchor];
        copy.pos = position(mark);
        nodes_ += count_nodes(copy);
        close(std::move(copy), 0);
    }
    void OnScalar(
        const YAML::Mark& mark,
        const std::string& tag,
        YAML::anchor_t anchor,
        const std::string& value
    ) override {
        Node node = make(mark, Node::Kind::text);
        node.text = value;
        node.is_quoted = tag == "!";
        close(std::move(node), anchor);
    }
    void OnSequenceStart(
        const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value
    ) override {
        open_.push_back({make(mark, Node::Kind::list), anchor});
    }
    void OnSequenceEnd() override { close_collection(); }
    void OnMapStart(
        const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor, YAML::EmitterStyle::value
    ) override {
        open_.push_back({make(mark, Node::Kind::map), anchor});
    }
    void OnMapEnd() override { close_collection(); }

    Node take() { return std::move(root_); }

  private:
    struct Open {
        Node node;
        YAML::anchor_t anchor;
    };

    SourcePos position(const YAML::Mark& mark) const {
        return {file_, mark.line + 1, mark.column + 1};
    }
    Node make(const YAML::Mark& mark, Node::Kind kind) {
        ++nodes_;
        Node node;
        node.kind = kind;
        node.pos = position(mark);
        return node;
    }
    void close_collection() {
        Open done = std::move(open_.back());
        open_.pop_back();
        close(std::move(done.node), done.anchor);
    }
    void close(Node node, YAML::anchor_t anchor) {
        if (nodes_ > max_nodes) throw TooLarge();
        if (anchor != 0) anchors_[anchor] = node;
        if (open_.empty()) {
            root_ = std::move(node);
            return;
        }
        Node& parent = open_.back().node;
        bool is_key = parent.kind == Node::Kind::map && parent.keys.size() == parent.items.size();
        // An absent value has no place of its own but where the parser noticed: show the key
        // instead.
        bool is_absent =
            node.kind == Node::Kind::empty && parent.kind == Node::Kind::map && !is_key;
        if (is_absent) node.pos = parent.keys.back().pos;
        (is_key ? parent.keys : parent.items).push_back(std::move(node));
    }

    std::string file_;
    std::vector<Open> open_;
    std::map<YAML::anchor_t, Node> anchors_;
    std::size_t nodes_ = 0;
    Node root_;
};

/// Takes bad keys out of every map of the tree, and reports them.
class KeyCheck {
  public:
    explicit KeyCheck(Problems& problems) : problems_(problems) {}

    void check(Node& node, const std::string& path) {
        if (node.kind == Node::Kind::map) check_map(node, path);
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            std::string below = node.kind == Node::Kind::map ? join(path, node.keys[i].text)
                                                             : path + "[" + std::to_string(i) + "]";
            check(node.items[i], below);
        }
    }

  private:
    static std::string join(const std::string& path, const std::string& key) {
        return path.empty() ? key : path + "." + key;
    }

    void check_map(Node& map, const std::string& path) {
        Node good = map;
        good.keys.clear();
        good.items.clear();
        for (std::size_t i = 0; i < map.keys.size(); ++i) {
            if (!is_good(good, map.keys[i], path)) continue;
            good.keys.push_back(std::move(map.keys[i]));
            good.items.push_back(std::move(map.items[i]));
        }
        map = std::move(good);
    }

    bool is_good(const Node& so_far, const Node& key, const std::string& path) {
        std::string whole = join(path, key.text);
        if (key.kind != Node::Kind::text) {
            problems_.mistake(key.pos, path, "a key must be plain text");
        } else if (key.text == "<<") {
            problems_.mistake(key.pos, whole, "merge keys are not used here: write the keys out");
        } else if (const Node* first = so_far.find(key.text)) {
            problems_.mistake(
                key.pos,
                whole,
                "this key is here twice, first at line " + std::to_string(first->pos.line)
            );
        } else {
            return true;
        }
        return false;
    }

    Problems& problems_;
};

std::optional<Node> parse_document(
    std::string_view text, const std::string& file, Problems& problems
) {
    std::istringstream in{std::string(text)};
    Builder builder(file);
    try {
        YAML::Parser parser(in);
        parser.HandleNextDocument(builder);
        Builder rest(file);
        if (parser.HandleNextDocument(rest)) {
            problems.mistake(rest.take().pos, "", "a second document: one file holds one");
        }
    } catch (const YAML::Exception& error) {
        SourcePos pos{file, error.mark.line + 1, error.mark.column + 1};
        problems.mistake(std::move(pos), "", "this is not YAML: " + error.msg);
        return std::nullopt;
    } catch (const TooLarge&) {
        problems.mistake({file, 0, 0}, "", "the file is too large once its aliases are copied");
        return std::nullopt;
    }
    return builder.take();
}

}  // namespace

const Node* Node::find(std::string_view key) const {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (keys[i].text == key) return &items[i];
    }
    return nullptr;
}

std::optional<Node> parse(std::string_view text, const std::string& file, Problems& problems) {
    auto root = parse_document(text, file, problems);
    if (root) {
        if (root->pos.line == 0) root->pos = {file, 1, 1};
        KeyCheck(problems).check(*root, "");
    }
    return root;
}

}  // namespace sallyport::config::yaml
