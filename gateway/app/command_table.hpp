// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"
#include "gateway/app/cli.hpp"
#include "gateway/base/clock.hpp"
#include "gateway/store/store.hpp"
#include "xmpp/core/result.hpp"

/// The operator's commands. One table serves the running gateway (over its control socket) and the
/// command line itself when nothing runs: a command works on a store, and where it needs links and
/// transports, on the gateway.
namespace sallyport::core {
class Core;
}

namespace sallyport::app {

class Gateway;

/// What a command works on. Everything outlives it.
struct ControlContext {
    store::Store& store;
    const TimeSource& time;
    core::Core* core = nullptr;             ///< of the running gateway; null when nothing runs
    const Gateway* gateway = nullptr;       ///< its links and listeners, likewise
    const config::Config* files = nullptr;  ///< what the files say, when nothing runs

    /// As it is now: a reload may replace it while a command waits.
    const config::Config& config() const;
    WallTime now() const { return time.wall(); }
    std::filesystem::path media() const { return config().data / "media"; }
};

/// What the shell sees: text for standard output (standard error unless `exit` is ok).
struct CommandAnswer {
    std::string text;
    int exit = Exit::ok;
};
using Answered = std::function<void(CommandAnswer)>;

struct OperatorCommand;

/// A command line that the table knows: its row, the words after the name, and its options.
struct ParsedCommand {
    const OperatorCommand* row = nullptr;
    std::vector<std::string> words;
    std::map<std::string, std::string, std::less<>> options;  ///< "--force" -> "", "--domain" -> D

    bool has(std::string_view option) const { return options.contains(option); }
    /// Its value, "" when it was not given.
    std::string option(std::string_view name) const;
};

/// One command under way: lives until it has answered, exactly once.
struct Job {
    ControlContext context;
    ParsedCommand command;
    Answered answered;

    const std::string& word(std::size_t index) const { return command.words.at(index); }
    void ok(std::string text) const { answered({std::move(text), Exit::ok}); }
    void fail(int exit, const std::string& text) const { answered({text + "\n", exit}); }
};
using JobPtr = std::shared_ptr<const Job>;

/// A row of the table.
struct OperatorCommand {
    std::string_view name;                  ///< "account"
    std::string_view sub;                   ///< "show", "" when the name stands alone
    std::string_view arguments;             ///< for the help: "JID|NUMBER [--domain DOMAIN]"
    std::string_view help;                  ///< one line
    std::size_t words;                      ///< how many there must be
    std::vector<std::string_view> options;  ///< that it knows; "--domain=" takes a value
    bool needs_gateway;                     ///< links and transports: impossible when nothing runs
    void (*run)(const JobPtr& job);
    bool takes_password = false;  ///< the last word: the shell reads it, it is never typed as one
};

std::span<const OperatorCommand> operator_commands();

/// Finds the row and reads options. The error is for whoever typed it.
Result<ParsedCommand> parse_command(std::vector<std::string> words);

/// Runs it; `answered` is called once, on the thread of the store's owner, maybe at once.
void run_command(const ControlContext& context, ParsedCommand command, Answered answered);

// --- the rows, in command_*.cpp
// -------------------------------------------------------------------

void status(const JobPtr& job);
void account_list(const JobPtr& job);
void account_show(const JobPtr& job);
void account_assign(const JobPtr& job);
void account_release(const JobPtr& job);
void account_suspend(const JobPtr& job);
void account_resume(const JobPtr& job);
void account_export(const JobPtr& job);
void account_erase(const JobPtr& job);
void queue_list(const JobPtr& job);
void queue_inbound(const JobPtr& job);
void queue_show(const JobPtr& job);
void queue_retry(const JobPtr& job);
void queue_drop(const JobPtr& job);
void backup(const JobPtr& job);
void user_add(const JobPtr& job);
void user_passwd(const JobPtr& job);
void user_delete(const JobPtr& job);
void user_list(const JobPtr& job);

}  // namespace sallyport::app
