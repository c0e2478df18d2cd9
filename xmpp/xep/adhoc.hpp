// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "xmpp/core/element.hpp"
#include "xmpp/core/stanza_error.hpp"
#include "xmpp/xep/forms.hpp"

namespace sallyport::xmpp {

/// XEP-0050 ad-hoc commands.
enum class CommandAction { execute, cancel, prev, next, complete };
enum class CommandStatus { executing, completed, canceled };
enum class NoteType { info, warn, error };

struct CommandNote {
    NoteType type = NoteType::info;
    std::string text;
};

struct Command {
    std::string node;
    std::string session;
    std::optional<CommandAction> action;  ///< of a request; absent = execute
    std::optional<CommandStatus> status;  ///< of an answer
    std::vector<CommandAction> allowed;   ///< next moves while executing; the first is the default
    std::vector<CommandNote> notes;
    std::optional<Form> form;
};

Element build_command(const Command& command);
/// Nothing when it is no <command/>, has no node, or an unknown action (§3.4: bad-action).
std::optional<Command> parse_command(const Element& element);

/// §4.4: the specific conditions beside the general ones.
enum class CommandFault {
    malformed_action,
    bad_action,
    bad_locale,
    bad_payload,
    bad_session,
    session_expired
};
StanzaError command_error(CommandFault fault, std::string text = {});

}  // namespace sallyport::xmpp
