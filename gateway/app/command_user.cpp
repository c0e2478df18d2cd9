// SPDX-License-Identifier: Apache-2.0
// user: accounts of the embedded server, on the store; sessions only where the server runs.
#include "gateway/app/command_tools.hpp"
#include "gateway/app/gateway.hpp"
#include "gateway/app/user_rows.hpp"
#include "gateway/server/account_auth.hpp"
#include "gateway/server/account_removal.hpp"

namespace sallyport::app {
namespace {

using Keys = std::vector<store::AccountKey>;

server::Server* server_of(const JobPtr& job) {
    return job->context.gateway ? job->context.gateway->server() : nullptr;
}

/// The bare JID that the first word means, on the embedded server; a bare name is completed.
/// Nothing when it was answered already.
std::optional<xmpp::Jid> user_of(const JobPtr& job) {
    const auto& server = job->context.config().server;
    const std::string& typed = job->word(0);
    if (!server) {
        job->fail(Exit::configuration, "there is no server: section, so there are no users");
        return std::nullopt;
    }
    const std::string domain = server->domain.str();
    const bool is_name = typed.find('@') == std::string::npos;
    auto user = xmpp::Jid::parse(is_name ? typed + "@" + domain : typed);
    if (!user || user->local().empty() || !user->is_bare()) {
        job->fail(Exit::usage, typed + " is no JID: NAME@" + domain + " is wanted");
        return std::nullopt;
    }
    if (user->domain() != domain) {
        job->fail(Exit::usage, typed + " is not of this server, which serves " + domain);
        return std::nullopt;
    }
    return *std::move(user);
}

void derive(
    const JobPtr& job, const xmpp::Jid& user, std::function<void(std::optional<Keys>)> done
) {
    const std::string& password = job->word(1);
    if (server::Server* server = server_of(job))
        return server->auth().derive(user, password, std::move(done));
    // Nobody else waits for this thread.
    done(server::make_keys(user, password, job->context.config().server->legacy));
}

/// Runs `then` with the user's keys, made of the second word.
void with_keys(const JobPtr& job, const xmpp::Jid& user, std::function<void(Keys)> then) {
    derive(job, user, [job, then = std::move(then)](std::optional<Keys> keys) {
        if (!keys)
            return job->fail(
                Exit::usage, "this cannot be a password: it is empty, or has forbidden characters"
            );
        then(*std::move(keys));
    });
}

/// Runs `then` with the account, answers when there is none.
void with_row(
    const JobPtr& job, const xmpp::Jid& user, std::function<void(const store::AccountRow&)> then
) {
    auto tell = [job, user, then = std::move(then)](Result<store::FindAccount::Answer> found) {
        if (!found) return fail_store(job, found.error());
        if (!found->row) return job->fail(Exit::usage, "there is no user " + user.str());
        then(*found->row);
    };
    job->context.store.read(store::FindAccount{user.str()}, std::move(tell));
}

}  // namespace

void user_add(const JobPtr& job) {
    const auto user = user_of(job);
    if (!user) return;
    with_keys(job, *user, [job, user](Keys keys) {
        auto tell = [job, user](Result<store::CreateAccount::Answer> made) {
            if (!made) return fail_store(job, made.error());
            if (made->conflict)
                return job->fail(
                    Exit::usage,
                    user->str() + " is there already: `sallyport user passwd` sets a new password"
                );
            if (server::Server* server = server_of(job)) server->hub().accounts().forget(*user);
            job->ok(user->str() + " may log in\n");
        };
        job->context.store.write(
            store::CreateAccount{user->str(), std::move(keys), job->context.now()}, std::move(tell)
        );
    });
}

void user_passwd(const JobPtr& job) {
    const auto user = user_of(job);
    if (!user) return;
    with_keys(job, *user, [job, user](Keys keys) {
        with_row(job, *user, [job, user, keys = std::move(keys)](const store::AccountRow& row) {
            auto tell = [job, user](const Result<store::SetAccountKeys::Answer>& set) {
                if (!set) return fail_store(job, set.error());
                if (server::Server* server = server_of(job))
                    server->hub().end_sessions(
                        *user, xmpp::StreamError(xmpp::StreamCondition::reset, "New password.")
                    );
                job->ok(user->str() + " has a new password; who was logged in must use it\n");
            };
            job->context.store.write(store::SetAccountKeys{row.id, keys}, std::move(tell));
        });
    });
}

void user_delete(const JobPtr& job) {
    const auto user = user_of(job);
    if (!user) return;
    with_row(job, *user, [job, user](const store::AccountRow& row) {
        const std::string gone = user->str() + " is deleted, with roster and messages\n";
        if (server::Server* server = server_of(job)) {
            auto tell = [job, gone](Result<bool> removed) {
                if (!removed) return fail_store(job, removed.error());
                job->ok(gone);
            };
            return server::remove_account(server->hub(), *user, std::move(tell));
        }
        auto tell = [job, user, gone](Result<store::RemoveAccount::Answer> removed) {
            if (!removed) return fail_store(job, removed.error());
            remove_media(job->context.media(), user->str(), removed->records);
            job->ok(gone);
        };
        job->context.store.write(store::RemoveAccount{row.id}, std::move(tell));
    });
}

void user_list(const JobPtr& job) {
    auto tell = [job](Result<store::ListAccounts::Answer> all) {
        if (!all) return fail_store(job, all.error());
        std::vector<std::vector<std::string>> rows{{"USER", "CREATED", "SESSIONS"}};
        for (const store::AccountRow& row : all->rows) {
            std::string sessions = "-";
            const auto jid = xmpp::Jid::parse(row.user);
            if (server::Server* server = server_of(job); server && jid) {
                const auto* account = server->hub().accounts().find(*jid);
                sessions = std::to_string(account ? account->sessions().size() : 0);
            }
            rows.push_back({row.user, time_text(row.created), sessions});
        }
        job->ok(all->rows.empty() ? "nobody yet: `sallyport user add NAME`\n" : table_text(rows));
    };
    job->context.store.read(store::ListAccounts{}, std::move(tell));
}

}  // namespace sallyport::app
