// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/app/command_table.hpp"
#include "gateway/store/store.hpp"

/// What several commands need.
namespace sallyport::app {

std::string_view to_string(port::DeliveryState state);

/// "2026-11-20T17:30:00Z"; "-" for the epoch, which means never.
std::string time_text(WallTime time);
/// Columns of text, each as wide as its widest cell, two spaces apart; the first row is the head.
std::string table_text(const std::vector<std::vector<std::string>>& rows);
/// "name        value\n" with the names in one column.
std::string fields_text(const std::vector<std::pair<std::string, std::string>>& fields);

/// Whom an operator means by JID or NUMBER: the bare JID, or the number without spaces, dashes and
/// brackets. Nothing when it is neither.
struct Who {
    std::string text;
    bool is_number = false;
};
std::optional<Who> parse_who(std::string_view typed);

/// The registrations that `who` may mean on `domain` ("" = any).
std::vector<store::RegistrationRow> pick_accounts(
    const std::vector<store::RegistrationRow>& rows, const Who& who, std::string_view domain
);

/// Calls `then` with the one registration that the first word of the command means; answers for
/// the command when there is none, or several.
void with_account(const JobPtr& job, std::function<void(const store::RegistrationRow&)> then);
/// The same for a user, who need not be registered any more: the bare JID.
void with_user(const JobPtr& job, std::function<void(const std::string& user)> then);

/// The answer to a failed read or write.
void fail_store(const JobPtr& job, const Error& error);
/// The exit code for an error of the operating system or of the database.
int exit_of(const Error& error);

}  // namespace sallyport::app
