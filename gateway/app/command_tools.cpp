// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/command_tools.hpp"

#include <algorithm>
#include <array>

#include "xmpp/core/jid.hpp"
#include "xmpp/core/text.hpp"
#include "xmpp/xep/datetime.hpp"

namespace sallyport::app {
namespace {

constexpr std::array<std::string_view, 10> state_names{
    "queued",
    "attempting",
    "ambiguous",
    "accepted",
    "sent",
    "unconfirmed",
    "delivered",
    "undelivered",
    "failed",
    "expired"};

bool is_number_character(char c) {
    return (c >= '0' && c <= '9') || c == '+';
}

std::string domains_of(const std::vector<store::RegistrationRow>& rows) {
    std::string text;
    for (const auto& row : rows) text += (text.empty() ? "" : ", ") + row.transport;
    return text;
}

}  // namespace

std::string_view to_string(port::DeliveryState state) {
    return state_names.at(static_cast<std::size_t>(state));
}

std::string time_text(WallTime time) {
    if (time == WallTime{}) return "-";
    return xmpp::build_datetime(std::chrono::floor<std::chrono::seconds>(time));
}

std::string table_text(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], count_characters(row[i]));
    }
    std::string text;
    for (const auto& row : rows) {
        std::string line;
        std::size_t column = 0;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line.append(column - count_characters(line), ' ');
            line += row[i];
            column += widths[i] + 2;
        }
        text += line + "\n";
    }
    return text;
}

std::string fields_text(const std::vector<std::pair<std::string, std::string>>& fields) {
    std::vector<std::vector<std::string>> rows;
    rows.reserve(fields.size());
    for (const auto& [name, value] : fields) rows.push_back({name, value});
    return table_text(rows);
}

std::optional<Who> parse_who(std::string_view typed) {
    const bool is_jid = typed.find('@') != std::string_view::npos;
    if (is_jid) {
        auto jid = xmpp::Jid::parse(typed);
        if (!jid) return std::nullopt;
        return Who{std::string(jid->bare_view()), false};
    }
    Who who{"", true};
    for (char c : typed) {
        if (is_number_character(c))
            who.text += c;
        else if (std::string_view(" -().").find(c) == std::string_view::npos)
            return std::nullopt;
    }
    if (who.text.empty()) return std::nullopt;
    return who;
}

std::vector<store::RegistrationRow> pick_accounts(
    const std::vector<store::RegistrationRow>& rows, const Who& who, std::string_view domain
) {
    std::vector<store::RegistrationRow> picked;
    for (const auto& row : rows) {
        const bool is_meant = who.is_number ? row.own == who.text : row.user == who.text;
        if (is_meant && (domain.empty() || row.transport == domain)) picked.push_back(row);
    }
    return picked;
}

void with_account(const JobPtr& job, std::function<void(const store::RegistrationRow&)> then) {
    const auto who = parse_who(job->word(0));
    if (!who) return job->fail(Exit::usage, job->word(0) + " is neither a JID nor a number");
    auto pick = [job, who, then = std::move(then)](Result<store::Registrations::Answer> answer) {
        if (!answer) return fail_store(job, answer.error());
        const auto found = pick_accounts(answer->rows, *who, job->command.option("--domain"));
        if (found.empty()) return job->fail(Exit::usage, "there is no account of " + who->text);
        if (found.size() > 1) {
            return job->fail(
                Exit::usage,
                who->text + " has accounts on " + domains_of(found) + ": choose one with --domain"
            );
        }
        then(found.front());
    };
    job->context.store.read(store::Registrations{}, std::move(pick));
}

void with_user(const JobPtr& job, std::function<void(const std::string& user)> then) {
    const auto who = parse_who(job->word(0));
    if (who && !who->is_number) return then(who->text);
    with_account(job, [then = std::move(then)](const store::RegistrationRow& row) {
        then(row.user);
    });
}

void fail_store(const JobPtr& job, const Error& error) {
    job->fail(exit_of(error), error.to_string());
}

int exit_of(const Error& error) {
    using namespace boost::system;
    const std::array permission{
        errc::permission_denied, errc::operation_not_permitted, errc::read_only_file_system};
    for (const auto code : permission)
        if (error.code == code) return Exit::permission;
    // The file of a newer program: the operator took the wrong one of the two.
    if (error.code == errc::not_supported) return Exit::configuration;
    // A damaged file, another program's: nothing that waiting would mend.
    if (error.code == errc::illegal_byte_sequence || error.code == errc::invalid_argument)
        return Exit::internal;
    return Exit::unavailable;
}

}  // namespace sallyport::app
