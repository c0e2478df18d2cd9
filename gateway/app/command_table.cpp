// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/command_table.hpp"

#include <algorithm>

#include "gateway/core/core.hpp"

namespace sallyport::app {
namespace {

const std::vector<OperatorCommand> rows{
    {"status",
     "",
     "",
     "links, providers, queues and what to paste at the providers",
     0,
     {},
     false,
     status},
    {"account",
     "list",
     "[--domain DOMAIN]",
     "all registrations",
     0,
     {"--domain="},
     false,
     account_list},
    {"account",
     "show",
     "JID|NUMBER [--domain DOMAIN]",
     "one registration",
     1,
     {"--domain="},
     false,
     account_show},
    {"account",
     "assign",
     "NUMBER JID [--domain DOMAIN]",
     "give a number to a user, who is told",
     2,
     {"--domain="},
     true,
     account_assign},
    {"account",
     "release",
     "JID|NUMBER [--domain DOMAIN]",
     "end a registration; its user is told",
     1,
     {"--domain="},
     true,
     account_release},
    {"account",
     "suspend",
     "JID|NUMBER [--domain DOMAIN]",
     "nothing more is sent for this account",
     1,
     {"--domain="},
     false,
     account_suspend},
    {"account",
     "resume",
     "JID|NUMBER [--domain DOMAIN]",
     "ends a suspension",
     1,
     {"--domain="},
     false,
     account_resume},
    {"account",
     "export",
     "JID|NUMBER [--domain DOMAIN]",
     "all that is stored of a user, as JSON",
     1,
     {"--domain="},
     false,
     account_export},
    {"account",
     "erase",
     "JID|NUMBER [--domain DOMAIN] [--force]",
     "forget a user: registration, messages, pictures; --force: also what waits",
     1,
     {"--domain=", "--force"},
     false,
     account_erase},
    {"queue",
     "list",
     "[--domain DOMAIN] [--user JID] [--failed|--all] [--limit N]",
     "messages that have not ended, newest first",
     0,
     {"--domain=", "--user=", "--failed", "--all", "--limit="},
     false,
     queue_list},
    {"queue",
     "inbound",
     "[--domain DOMAIN] [--limit N] [--text]",
     "what waits for its users, oldest first; user -: nobody has the number, it is for admins",
     0,
     {"--domain=", "--limit=", "--text"},
     false,
     queue_inbound},
    {"queue",
     "show",
     "ID [--text]",
     "one message; --text: with its text",
     1,
     {"--text"},
     false,
     queue_show},
    {"queue", "retry", "ID", "send a waiting or uncertain message now", 1, {}, false, queue_retry},
    {"queue",
     "drop",
     "ID",
     "give a waiting or uncertain message up; its sender is told",
     1,
     {},
     false,
     queue_drop},
    {"user",
     "add",
     "JID",
     "a new account of the embedded server; the password is asked for, or read from standard input",
     2,
     {},
     false,
     user_add,
     true},
    {"user",
     "passwd",
     "JID",
     "a new password; whoever is logged in as this user is logged out",
     2,
     {},
     false,
     user_passwd,
     true},
    {"user",
     "delete",
     "JID",
     "delete an account with its roster and messages",
     1,
     {},
     false,
     user_delete},
    {"user", "list", "", "the accounts of the embedded server", 0, {}, false, user_list},
    {"backup", "", "FILE", "copy the database; data/key is left out", 1, {}, false, backup},
};

Error usage_of(std::string_view name) {
    std::string text = "usage:";
    for (const OperatorCommand& row : rows) {
        if (row.name != name) continue;
        text += "\n  sallyport " + std::string(row.name);
        if (!row.sub.empty()) text += " " + std::string(row.sub);
        if (!row.arguments.empty()) text += " " + std::string(row.arguments);
    }
    return Error(text);
}

/// The row that these words begin with; `used` says how many of them name it.
const OperatorCommand* find_row(const std::vector<std::string>& words, std::size_t& used) {
    for (const OperatorCommand& row : rows) {
        if (words.empty() || row.name != words[0]) continue;
        used = row.sub.empty() ? 1 : 2;
        if (row.sub.empty() || (words.size() > 1 && row.sub == words[1])) return &row;
    }
    return nullptr;
}

/// "--domain=D" and "--domain D" are the same. Nothing: the option is unknown or lacks its value.
bool take_option(ParsedCommand& command, std::vector<std::string>& words, std::size_t& at) {
    const std::string& word = words[at];
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const auto& known = command.row->options;
    if (std::find(known.begin(), known.end(), name + "=") != known.end()) {
        if (equals != std::string::npos) {
            command.options[name] = word.substr(equals + 1);
            return true;
        }
        if (at + 1 == words.size()) return false;
        command.options[name] = words[++at];
        return true;
    }
    if (std::find(known.begin(), known.end(), word) == known.end()) return false;
    command.options[word];
    return true;
}

}  // namespace

const config::Config& ControlContext::config() const {
    return core ? *core->world().config : *files;
}

std::string ParsedCommand::option(std::string_view name) const {
    auto at = options.find(name);
    return at == options.end() ? std::string() : at->second;
}

std::span<const OperatorCommand> operator_commands() {
    return rows;
}

Result<ParsedCommand> parse_command(std::vector<std::string> words) {
    const std::string name = words.empty() ? "" : words[0];
    std::size_t at = 0;
    ParsedCommand command;
    command.row = find_row(words, at);
    if (!command.row) return usage_of(name);
    for (; at < words.size(); ++at) {
        if (!words[at].starts_with("--")) {
            command.words.push_back(words[at]);
        } else if (!take_option(command, words, at)) {
            return usage_of(name);
        }
    }
    if (command.words.size() != command.row->words) return usage_of(name);
    return command;
}

void run_command(const ControlContext& context, ParsedCommand command, Answered answered) {
    const OperatorCommand& row = *command.row;
    if (row.needs_gateway && !context.core) {
        const std::string name = std::string(row.name) + " " + std::string(row.sub);
        return answered({name + " needs the running gateway: start it first\n", Exit::unavailable});
    }
    row.run(std::make_shared<const Job>(Job{context, std::move(command), std::move(answered)}));
}

}  // namespace sallyport::app
