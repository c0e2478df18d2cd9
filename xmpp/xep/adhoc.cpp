// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xep/adhoc.hpp"

#include <array>

#include "xmpp/core/namespaces.hpp"

namespace sallyport::xmpp {
namespace {

// In the order of the enumerations.
constexpr std::array<std::string_view, 5> actions{"execute", "cancel", "prev", "next", "complete"};
constexpr std::array<std::string_view, 3> statuses{"executing", "completed", "canceled"};
constexpr std::array<std::string_view, 3> note_types{"info", "warn", "error"};

struct FaultRow {
    std::string_view word;
    Condition condition;
};
constexpr std::array<FaultRow, 6> faults{{
    {"malformed-action", Condition::bad_request},
    {"bad-action", Condition::bad_request},
    {"bad-locale", Condition::bad_request},
    {"bad-payload", Condition::bad_request},
    {"bad-sessionid", Condition::bad_request},
    {"session-expired", Condition::not_allowed},
}};

template <class Enum, std::size_t count>
std::optional<Enum> parse_word(
    const std::array<std::string_view, count>& words, std::string_view word
) {
    for (std::size_t i = 0; i < count; ++i)
        if (words[i] == word) return static_cast<Enum>(i);
    return std::nullopt;
}

template <class Enum, std::size_t count>
std::string_view word_of(const std::array<std::string_view, count>& words, Enum value) {
    return words[static_cast<std::size_t>(value)];
}

// <actions/> names the moves beside execute and cancel, which are always there (§3.3).
void add_actions(Element& element, const Command& command) {
    if (command.status != CommandStatus::executing || command.allowed.empty()) return;
    Element& list = element.add("actions", ns::commands);
    list.set("execute", word_of(actions, command.allowed.front()));
    for (CommandAction action : command.allowed)
        if (action != CommandAction::execute && action != CommandAction::cancel)
            list.add(word_of(actions, action), ns::commands);
}

void read_actions(const Element& list, Command& command) {
    auto first = parse_word<CommandAction>(actions, list.attribute("execute").value_or(""));
    if (first) command.allowed.push_back(*first);
    list.for_each([&](const Element& child) {
        auto action = parse_word<CommandAction>(actions, child.name());
        if (action && action != first) command.allowed.push_back(*action);
    });
}

void read_child(const Element& child, Command& command) {
    if (child.is("actions", ns::commands)) return read_actions(child, command);
    if (!child.is("note", ns::commands)) return;
    auto type = parse_word<NoteType>(note_types, child.attribute("type").value_or(""));
    command.notes.push_back({type.value_or(NoteType::info), child.text()});
}

}  // namespace

Element build_command(const Command& command) {
    Element element("command", ns::commands);
    element.set("node", command.node);
    if (!command.session.empty()) element.set("sessionid", command.session);
    if (command.action) element.set("action", word_of(actions, *command.action));
    if (command.status) element.set("status", word_of(statuses, *command.status));
    add_actions(element, command);
    for (const CommandNote& note : command.notes)
        element.add("note", ns::commands)
            .set("type", word_of(note_types, note.type))
            .add_text(note.text);
    if (command.form) element.add(build_form(*command.form));
    return element;
}

std::optional<Command> parse_command(const Element& element) {
    if (!element.is("command", ns::commands)) return std::nullopt;
    Command command;
    command.node = element.attribute("node").value_or("");
    command.session = element.attribute("sessionid").value_or("");
    command.status = parse_word<CommandStatus>(statuses, element.attribute("status").value_or(""));
    if (auto word = element.attribute("action")) {
        command.action = parse_word<CommandAction>(actions, *word);
        if (!command.action) return std::nullopt;
    }
    if (command.node.empty()) return std::nullopt;
    element.for_each([&](const Element& child) { read_child(child, command); });
    command.form = find_form(element);
    return command;
}

StanzaError command_error(CommandFault fault, std::string text) {
    const FaultRow& row = faults[static_cast<std::size_t>(fault)];
    StanzaError error(row.condition, std::move(text));
    error.extra = Element(row.word, ns::commands);
    return error;
}

}  // namespace sallyport::xmpp
