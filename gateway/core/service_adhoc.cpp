// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/service_adhoc.hpp"

#include <algorithm>

#include "gateway/core/service_tools.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/core/random.hpp"

namespace sallyport::core {
namespace {

namespace ns = xmpp::ns;
using xmpp::Command;
using xmpp::CommandAction;
using xmpp::CommandStatus;
using xmpp::Condition;
using xmpp::StanzaError;
using xmpp::StanzaKind;
using xmpp::StanzaType;

constexpr std::chrono::minutes session_lives{10};
constexpr std::size_t most_sessions = 10'000;
/// The one command that cannot be undone.
constexpr std::string_view careful = "unregister";

Command completed(std::string node, std::string session, CommandStatus status) {
    Command made;
    made.node = std::move(node);
    made.session = std::move(session);
    made.status = status;
    return made;
}

}  // namespace

ServiceAdhoc::ServiceAdhoc(
    World& world, Router& router, ServiceDisco& disco, ChatCommands& commands
)
    : world_(world), commands_(commands) {
    router.add(
        {To::domain, StanzaKind::iq, StanzaType::set, ns::commands},
        [this](Request& r) { return run(r); },
        ns::commands
    );
    disco.set_commands([this](const Request& request) {
        std::vector<xmpp::DiscoItem> items;
        for (const auto* row : listed(request))
            items.push_back({request.domain.name, std::string(row->word), std::string(row->title)});
        return items;
    });
}

/// What makes sense for this user now: nobody is offered to end what they do not have.
std::vector<const ChatCommands::Row*> ServiceAdhoc::listed(const Request& request) const {
    const bool is_welcome = request.account || world_.may_use(request.stanza.from());
    if (!is_welcome) return {};
    auto rows = commands_.list(request.user->bare());
    const bool is_member = request.account != nullptr;
    const bool is_paused = is_member && request.account->suspended;
    std::erase_if(rows, [&](const ChatCommands::Row* row) {
        if (row->word == "resume") return !is_paused;
        return !is_member && (row->word == "status" || row->word == "why" || row->word == careful);
    });
    return rows;
}

bool ServiceAdhoc::close_session(const Request& request, const Command& command) {
    std::erase_if(sessions_, [&](const auto& entry) {
        return entry.second.ends <= world_.time.now();
    });
    auto at = sessions_.find(command.session);
    if (at == sessions_.end() || at->second.user != request.user->bare().str() ||
        at->second.node != command.node)
        return false;
    sessions_.erase(at);
    return true;
}

Handled ServiceAdhoc::run(Request& request) {
    const auto command = xmpp::parse_command(request.stanza.payload());
    if (!command) return xmpp::command_error(xmpp::CommandFault::malformed_action);
    if (!request.account && !world_.may_use(request.stanza.from())) return not_welcome();
    const auto rows = listed(request);
    const auto at = std::find_if(rows.begin(), rows.end(), [&](const auto* row) {
        return row->word == command->node;
    });
    if (at == rows.end())
        return StanzaError(Condition::item_not_found, "There is no such command.");
    if (!command->session.empty() && !close_session(request, *command))
        return xmpp::command_error(xmpp::CommandFault::bad_session);
    const CommandAction action = command->action.value_or(CommandAction::execute);
    if (action == CommandAction::cancel) {
        const Command done = completed(command->node, command->session, CommandStatus::canceled);
        return answer(world_, request.domain, request.stanza, xmpp::build_command(done));
    }
    if (action == CommandAction::prev) return xmpp::command_error(xmpp::CommandFault::bad_action);
    if (command->node == careful && command->session.empty()) return confirm(request, *command);
    execute(request, **at, command->node == careful ? "yes" : "");
    return {};
}

Handled ServiceAdhoc::confirm(Request& request, const Command& command) {
    if (sessions_.size() >= most_sessions) return StanzaError(Condition::resource_constraint);
    Command step = completed(command.node, random_id(), CommandStatus::executing);
    step.allowed = {CommandAction::complete};
    step.form = xmpp::Form(xmpp::FormType::form);
    step.form->title = "Unregister";
    const std::string& own = request.account->own_address;
    step.form->instructions.push_back(
        "This ends your registration with " + request.domain.title +
        (own.empty() ? "." : ". You give up " + own + ".")
    );
    sessions_[step.session] =
        Session{request.user->bare().str(), command.node, world_.time.now() + session_lives};
    return answer(world_, request.domain, request.stanza, xmpp::build_command(step));
}

void ServiceAdhoc::execute(Request& request, const ChatCommands::Row& row, std::string rest) {
    Asked asked{request.domain, request.user->bare(), std::move(rest), Asked::Via::adhoc, {}};
    asked.say = [this, &domain = request.domain, iq = request.stanza, node = std::string(row.word)](
                    std::string text
                ) {
        Command done = completed(node, random_id(), CommandStatus::completed);
        done.notes.push_back({xmpp::NoteType::info, std::move(text)});
        answer(world_, domain, iq, xmpp::build_command(done));
    };
    commands_.run(row, std::move(asked));
}

}  // namespace sallyport::core
