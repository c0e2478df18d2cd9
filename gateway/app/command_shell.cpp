// SPDX-License-Identifier: Apache-2.0
// The commands of operator_commands() as the shell sees them: they are handed to the running
// gateway, or carried out here on the store when nothing runs.
#include <filesystem>
#include <iostream>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <unistd.h>

#include "config/loader.hpp"
#include "gateway/app/command_table.hpp"
#include "gateway/app/command_tools.hpp"
#include "gateway/app/commands.hpp"
#include "gateway/app/control_client.hpp"
#include "gateway/app/data_dir.hpp"
#include "gateway/app/password_prompt.hpp"

namespace sallyport::app {
namespace {

namespace fs = std::filesystem;

CommandAnswer failed(int exit, const std::string& text) {
    return {"sallyport: " + text + "\n", exit};
}

CommandAnswer forbidden(const ControlReply& reply) {
    const std::string uid = std::to_string(getuid());
    return failed(
        Exit::permission, reply.why + ": run this as the user of the gateway, not as uid " + uid
    );
}

int print(const CommandAnswer& answer) {
    (answer.exit == Exit::ok ? std::cout : std::cerr) << answer.text << std::flush;
    return answer.exit;
}

/// Nothing runs: the store is opened here, under the lock, so that nothing starts meanwhile.
CommandAnswer run_alone(const config::Config& config, ParsedCommand command) {
    // People are added before the first start, too.
    const bool may_begin = command.row->name == "user";
    if (!may_begin && !fs::exists(config.storage.path))
        return failed(
            Exit::unavailable,
            "there is no database " + config.storage.path.string() + ": the gateway has not run yet"
        );
    std::optional<DataDir::Held> held;
    const auto data = DataDir::open(config.data, held);
    if (!data) return failed(held ? Exit::unavailable : Exit::permission, data.error().to_string());
    boost::asio::io_context io{1};
    store::OpenOptions options;
    options.path = config.storage.path.string();
    options.backup_dir = config.data.string();
    auto opened = store::open_sqlite(options, [&io](std::function<void()> run) {
        boost::asio::post(io, std::move(run));
    });
    if (!opened) return failed(exit_of(opened.error()), opened.error().to_string());
    const auto busy = boost::asio::make_work_guard(io);
    const SystemTime time;
    CommandAnswer answer;
    const ControlContext context{**opened, time, nullptr, nullptr, &config};
    run_command(context, std::move(command), [&](CommandAnswer given) {
        answer = std::move(given);
        io.stop();
    });
    io.run();
    return answer;
}

/// Paths are taken from where the shell stands, not from where the gateway does.
void make_absolute(std::vector<std::string>& words, ParsedCommand& command) {
    if (command.row->name != "backup") return;
    const std::string file = fs::absolute(command.words.at(0)).lexically_normal().string();
    command.words.at(0) = file;
    words = {"backup", file};
}

/// The row of a command whose last word is a password, which is not among `words`; null for others.
const OperatorCommand* asks_password(const std::vector<std::string>& words) {
    for (const OperatorCommand& row : operator_commands())
        if (row.takes_password && words.size() > 1 && words[0] == row.name && words[1] == row.sub)
            return &row;
    return nullptr;
}

std::string usage_text(const OperatorCommand& row) {
    return "usage: sallyport " + std::string(row.name) + " " + std::string(row.sub) + " " +
           std::string(row.arguments) + "; the password is asked for, or read from standard input";
}

std::vector<std::string> words_of(const Invocation& invocation) {
    std::vector<std::string> words{invocation.command};
    words.insert(words.end(), invocation.arguments.begin(), invocation.arguments.end());
    return words;
}

}  // namespace

int operator_command(const Invocation& invocation) {
    std::vector<std::string> words = words_of(invocation);
    std::optional<config::Config> config;
    if (const OperatorCommand* row = asks_password(words)) {
        // A password among the words would stand in the list of processes.
        if (words.size() != row->words + 1) return print(failed(Exit::usage, usage_text(*row)));
        config = load_or_complain(invocation);  // before anybody types in vain
        if (!config) return Exit::configuration;
        auto password = read_password();
        if (!password) return print(failed(Exit::usage, password.error().detail));
        words.push_back(*std::move(password));
    }
    auto command = parse_command(words);
    if (!command) return print({command.error().detail + "\n", Exit::usage});
    if (!config) config = load_or_complain(invocation);
    if (!config) return Exit::configuration;
    make_absolute(words, *command);
    const ControlReply reply = ask_gateway(config->data / "control.sock", words);
    if (reply.status != 0) return print(reply.answer);
    if (reply.is_forbidden) return print(forbidden(reply));
    if (reply.was_asked) return print(failed(Exit::unavailable, "no answer: " + reply.why));
    if (const auto holder = DataDir::holder(config->data))
        return print(failed(
            Exit::unavailable,
            "process " + std::to_string(holder->pid) + " runs but does not answer (" + reply.why +
                ")"
        ));
    return print(run_alone(*config, *std::move(command)));
}

int health_command(const Invocation& invocation) {
    // Not the whole configuration: a mistake that waits for its reload does not make a running
    // gateway unwell.
    const auto data = config::find_data_folder(invocation.config_file);
    if (!data) return print(failed(Exit::configuration, data.error().to_string()));
    const ControlReply reply = ask_readiness(*data / "control.sock");
    if (reply.status != 0) return print(reply.answer);
    if (reply.is_forbidden) return print(forbidden(reply));
    return print(failed(Exit::unavailable, "the gateway does not run (" + reply.why + ")"));
}

}  // namespace sallyport::app
