// SPDX-License-Identifier: Apache-2.0
#include "gateway/core/chat_commands.hpp"

#include <algorithm>
#include <array>

#include "gateway/core/chat_texts.hpp"
#include "xmpp/core/text.hpp"

namespace sallyport::core {
namespace {

/// Messages that `why` tells, newest first.
constexpr std::size_t most_reasons = 5;
/// Open messages that `status` counts.
constexpr std::size_t most_open = 500;

constexpr std::string_view store_is_silent =
    "The gateway cannot look that up at the moment; try again later.";
constexpr std::string_view please_register =
    "You are not registered. Write \"register\" to get started.";

}  // namespace

std::span<const ChatCommands::Row> ChatCommands::table() {
    using C = ChatCommands;
    using enum Row::For;
    static constexpr std::array<Row, 7> rows{{
        {"help", "Help", "this list", everybody, &C::help},
        {"register", "Register", "get started", everybody, &C::join},
        {"status", "Status", "your number, and what waits to be sent", everybody, &C::status},
        {"why", "Why", "why your last messages failed", everybody, &C::why},
        {"resume", "Resume", "go on after a pause", everybody, &C::resume},
        {"unregister", "Unregister", "end your registration", everybody, &C::leave},
        {"queue", "Queue", "all messages, by state", admins, &C::queue},
    }};
    return rows;
}

std::vector<const ChatCommands::Row*> ChatCommands::list(const xmpp::Jid& user) const {
    std::vector<const Row*> found;
    for (const Row& row : table())
        if (row.who == Row::For::everybody || world_.is_admin(user)) found.push_back(&row);
    return found;
}

const ChatCommands::Row* ChatCommands::find(std::string_view word, const xmpp::Jid& user) const {
    for (const Row* row : list(user))
        if (row->word == word) return row;
    return nullptr;
}

const port::Account* ChatCommands::account(const Asked& asked) const {
    return asked.domain.accounts.find(port::UserLabel{asked.user.str()});
}

void ChatCommands::run_unknown(Asked asked) {
    asked.say(
        "I did not understand that. Write \"help\" to see what I know. To write to somebody, open "
        "a chat with their address at " +
        asked.domain.name + "."
    );
}

void ChatCommands::help(Asked asked) {
    const std::string what = lower_ascii(asked.domain.transport->prompt().second);
    std::string text = "This is the gateway to " + asked.domain.title +
                       ". To write to somebody, add a contact <" + what + ">@" + asked.domain.name +
                       ". Here you can write:";
    for (const Row* row : list(asked.user))
        text.append("\n").append(row->word).append(" – ").append(row->help);
    asked.say(std::move(text));
}

void ChatCommands::join(Asked asked) {
    auto offer = asked.domain.transport->offer(port::UserLabel{asked.user.str()}, account(asked));
    if (offer && asks_something(offer->form) && !(account(asked) && account(asked)->suspended)) {
        return asked.say(
            "To register here you have to give a login, and that is never done by chat. Use a "
            "client with registration forms, such as Gajim, Psi, Movim or Cheogram: "
            "look for " +
            asked.domain.name + " under services or gateways, and choose \"Register\"."
        );
    }
    Domain& domain = asked.domain;
    const xmpp::Jid user = asked.user;
    membership_.join(
        domain,
        user,
        {},
        [asked = std::move(asked)](boost::system::result<Joined, xmpp::StanzaError> joined) {
            if (!joined) return asked.say("That did not work: " + joined.error().text);
            // Who was registered or resumed is greeted in the chat anyway.
            if (asked.via == Asked::Via::adhoc || joined->how == Joined::How::already)
                asked.say(joined->text.empty() ? "Welcome back." : joined->text);
        }
    );
}

void ChatCommands::status(Asked asked) {
    if (!account(asked)) return asked.say(std::string(please_register));
    store::ListOutbound question{asked.domain.name, asked.user.str(), true, false, most_open};
    question.or_unreported = true;
    world_.store.read(
        std::move(question),
        [this, asked = std::move(asked)](Result<store::ListOutbound::Answer> answer) {
            const port::Account* now = account(asked);
            if (!answer || !now) return asked.say(std::string(store_is_silent));
            asked.say(build_status(asked.domain, *now, answer->rows));
        }
    );
}

void ChatCommands::why(Asked asked) {
    store::ListOutbound question{asked.domain.name, asked.user.str(), false, true, most_reasons};
    world_.store.read(
        std::move(question),
        [asked = std::move(asked)](Result<store::ListOutbound::Answer> answer) {
            if (!answer) return asked.say(std::string(store_is_silent));
            if (answer->rows.empty()) return asked.say("None of your messages failed.");
            std::string text = "Your last messages that failed or were never confirmed:";
            for (const auto& row : answer->rows) text += "\n" + build_why_line(row);
            asked.say(std::move(text));
        }
    );
}

void ChatCommands::leave(Asked asked) {
    const port::Account* known = account(asked);
    if (!known) return asked.say("You are not registered.");
    if (asked.rest != "yes") {
        const std::string loses =
            known->own_address.empty() ? "" : " You give up " + known->own_address + ".";
        return asked.say(
            "This ends your registration with " + asked.domain.title + "." + loses +
            " If you are sure, write \"unregister yes\"."
        );
    }
    Domain& domain = asked.domain;
    const xmpp::Jid user = asked.user;
    membership_.leave(domain, user, [asked = std::move(asked)](Handled left) {
        if (!left) return asked.say("That did not work: " + left.error().text);
        if (asked.via == Asked::Via::adhoc) asked.say("You are no longer registered.");
    });
}

void ChatCommands::resume(Asked asked) {
    const port::Account* known = account(asked);
    if (!known) return asked.say(std::string(please_register));
    if (!known->suspended) return asked.say("Your registration is not paused.");
    Domain& domain = asked.domain;
    const xmpp::Jid user = asked.user;
    membership_.resume(domain, user, [asked = std::move(asked)](Handled resumed) {
        if (!resumed) return asked.say("That did not work: " + resumed.error().text);
        if (asked.via == Asked::Via::adhoc) asked.say("Welcome back.");
    });
}

void ChatCommands::queue(Asked asked) {
    world_.store.read(
        store::Counts{},
        [asked = std::move(asked)](Result<store::Counts::Answer> answer) {
            asked.say(answer ? build_queue(*answer) : std::string(store_is_silent));
        }
    );
}

}  // namespace sallyport::core
