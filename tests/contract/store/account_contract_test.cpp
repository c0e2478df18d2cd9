// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/store/store_contract.hpp"

namespace sallyport::test {
namespace {

using store::AccountKey;
using store::Subscription;

AccountKey key(const std::string& kind, const std::string& stored = "stored") {
    return {
        .kind = kind,
        .salt = std::string("s\0lt", 4),
        .iterations = 10'000,
        .stored_key = stored,
        .server_key = "server"};
}

store::CreateAccount create(const std::string& user) {
    return {.user = user, .keys = {key("SCRAM-SHA-1"), key("SCRAM-SHA-256")}, .now = start_of_time};
}

store::RosterRow contact(const std::string& jid, std::int64_t ver) {
    store::RosterRow row;
    row.jid = jid;
    row.ver = ver;
    return row;
}

store::PendingRow request(const std::string& jid, const std::string& stanza) {
    return {.jid = jid, .stanza = stanza, .received_at = start_of_time};
}

class AccountContract : public StoreContract {
  protected:
    std::int64_t account(const std::string& user) { return write(create(user)).id; }
    store::LoadAccount::Answer load(const std::string& user) {
        return read(store::LoadAccount{user});
    }
};

TEST_P(AccountContract, an_account_comes_back_as_it_was_made) {
    const auto made = write(create("alice@example.org"));
    EXPECT_FALSE(made.conflict);
    EXPECT_GT(made.id, 0);
    restart();
    const auto found = read(store::FindAccount{"alice@example.org"});
    ASSERT_TRUE(found.row);
    EXPECT_EQ(found.row->id, made.id);
    EXPECT_EQ(found.row->user, "alice@example.org");
    EXPECT_FALSE(found.row->disabled);
    EXPECT_EQ(found.row->created, now);
    ASSERT_EQ(found.keys.size(), 2U);
    EXPECT_EQ(found.keys[0].kind, "SCRAM-SHA-1");
    EXPECT_EQ(found.keys[0].salt, std::string("s\0lt", 4));
    EXPECT_EQ(found.keys[0].iterations, 10'000);
    EXPECT_EQ(found.keys[0].stored_key, "stored");
    EXPECT_EQ(found.keys[0].server_key, "server");
}

TEST_P(AccountContract, who_is_not_there_is_not_found) {
    EXPECT_FALSE(read(store::FindAccount{"nobody@example.org"}).row);
    EXPECT_FALSE(load("nobody@example.org").row);
    EXPECT_FALSE(write(store::SetAccountKeys{7, {key("SCRAM-SHA-1")}}).found);
    EXPECT_FALSE(write(store::SetAccountDisabled{7, true}).found);
    EXPECT_FALSE(write(store::RemoveAccount{7}).found);
    EXPECT_FALSE(write(store::ChangeRoster{7, 1, {contact("bob@example.org", 1)}, {}, {}, {}}).found
    );
}

TEST_P(AccountContract, a_name_is_given_once) {
    const auto id = account("alice@example.org");
    const auto second = write(create("alice@example.org"));
    EXPECT_TRUE(second.conflict);
    EXPECT_EQ(read(store::FindAccount{"alice@example.org"}).row->id, id);
}

TEST_P(AccountContract, a_new_password_replaces_all_keys) {
    const auto id = account("alice@example.org");
    EXPECT_TRUE(write(store::SetAccountKeys{id, {key("SCRAM-SHA-512", "new")}}).found);
    const auto keys = read(store::FindAccount{"alice@example.org"}).keys;
    ASSERT_EQ(keys.size(), 1U);
    EXPECT_EQ(keys[0].kind, "SCRAM-SHA-512");
    EXPECT_EQ(keys[0].stored_key, "new");
}

TEST_P(AccountContract, keys_of_some_kinds_are_erased_of_all_accounts) {
    for (const char* user : {"alice@example.org", "bob@example.org"})
        write(store::CreateAccount{
            user, {key("SCRAM-SHA-1"), key("CRAM-MD5"), key("DIGEST-MD5")}, start_of_time});
    const store::EraseAccountKeys legacy{{"CRAM-MD5", "DIGEST-MD5"}};
    EXPECT_EQ(write(legacy).erased, 4U);
    EXPECT_EQ(write(legacy).erased, 0U);
    for (const char* user : {"alice@example.org", "bob@example.org"}) {
        const auto keys = read(store::FindAccount{user}).keys;
        ASSERT_EQ(keys.size(), 1U) << user;
        EXPECT_EQ(keys[0].kind, "SCRAM-SHA-1");
    }
}

TEST_P(AccountContract, an_account_is_disabled_and_enabled_again) {
    const auto id = account("alice@example.org");
    EXPECT_TRUE(write(store::SetAccountDisabled{id, true}).found);
    EXPECT_TRUE(load("alice@example.org").row->disabled);
    EXPECT_TRUE(write(store::SetAccountDisabled{id, false}).found);
    EXPECT_FALSE(load("alice@example.org").row->disabled);
}

TEST_P(AccountContract, accounts_are_listed_by_name) {
    account("bob@example.org");
    account("alice@example.org");
    const auto rows = read(store::ListAccounts{}).rows;
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].user, "alice@example.org");
    EXPECT_EQ(rows[1].user, "bob@example.org");
}

TEST_P(AccountContract, who_takes_a_deleted_name_inherits_nothing) {
    const auto first = account("alice@example.org");
    write(store::ChangeRoster{
        first,
        3,
        {contact("bob@example.org", 3)},
        {},
        {request("carol@example.org", "<presence/>")},
        {}});
    EXPECT_TRUE(write(store::RemoveAccount{first}).found);
    EXPECT_FALSE(read(store::FindAccount{"alice@example.org"}).row);
    restart();
    const auto second = account("alice@example.org");
    EXPECT_GT(second, first);
    const auto now_there = load("alice@example.org");
    EXPECT_EQ(now_there.roster_ver, 0);
    EXPECT_TRUE(now_there.roster.empty());
    EXPECT_TRUE(now_there.pending.empty());
    EXPECT_FALSE(write(store::ChangeRoster{first, 4, {contact("b@x", 4)}, {}, {}, {}}).found);
}

TEST_P(AccountContract, what_any_transport_keeps_under_the_name_goes_in_the_same_commit) {
    const auto number = account("alice@example.org");
    store::PutRegistration registration;
    registration.row.transport = "sms.example.org";
    registration.row.user = "alice@example.org";
    registration.row.own = "+1";
    write(registration);
    send("m1");
    write(incoming("hello"));
    write(store::PutRecord{"sms.example.org", "alice@example.org/note", "x", std::nullopt});
    write(store::PutRecord{"sms.example.org", "alice@example.organic", "x", std::nullopt});
    const auto removed = write(store::RemoveAccount{number});
    EXPECT_EQ(removed.records, std::vector<std::string>{"alice@example.org/note"});
    restart();
    const auto all = read(store::ExportUser{"", "alice@example.org"});
    EXPECT_TRUE(
        all.registrations.empty() && all.outbound.empty() && all.inbox.empty() &&
        all.records.empty()
    );
    EXPECT_EQ(read(store::ExportUser{"", "alice@example.organic"}).records.size(), 1U);
}

TEST_P(AccountContract, a_contact_comes_back_as_it_was_put) {
    const auto id = account("alice@example.org");
    auto row = contact("bob@example.org", 5);
    row.name = "Bob";
    row.subscription = Subscription::from;
    row.ask = true;
    row.approved = true;
    row.groups = {"Friends", "", "a, b"};
    EXPECT_TRUE(write(store::ChangeRoster{id, 5, {row}, {}, {}, {}}).found);
    auto quiet = contact("carol@example.org", 6);
    quiet.is_listed = false;
    write(store::ChangeRoster{id, 6, {quiet}, {}, {}, {}});
    restart();
    const auto loaded = load("alice@example.org");
    EXPECT_EQ(loaded.roster_ver, 6);
    ASSERT_EQ(loaded.roster.size(), 2U);
    EXPECT_EQ(loaded.roster[0].jid, "bob@example.org");
    EXPECT_EQ(loaded.roster[0].name, "Bob");
    EXPECT_EQ(loaded.roster[0].subscription, Subscription::from);
    EXPECT_TRUE(loaded.roster[0].ask);
    EXPECT_TRUE(loaded.roster[0].approved);
    EXPECT_TRUE(loaded.roster[0].is_listed);
    EXPECT_EQ(loaded.roster[0].groups, row.groups);
    EXPECT_EQ(loaded.roster[0].ver, 5);
    EXPECT_FALSE(loaded.roster[1].is_listed);
}

TEST_P(AccountContract, a_roster_changes_whole_and_its_version_never_falls) {
    const auto id = account("alice@example.org");
    write(store::ChangeRoster{id, 1, {contact("bob@x", 1), contact("carol@x", 1)}, {}, {}, {}});
    auto both = contact("bob@x", 2);
    both.subscription = Subscription::both;
    write(store::ChangeRoster{id, 2, {both}, {"carol@x"}, {}, {}});
    write(store::ChangeRoster{id, 1, {}, {}, {}, {}});
    const auto loaded = load("alice@example.org");
    EXPECT_EQ(loaded.roster_ver, 2);
    ASSERT_EQ(loaded.roster.size(), 1U);
    EXPECT_EQ(loaded.roster[0].jid, "bob@x");
    EXPECT_EQ(loaded.roster[0].subscription, Subscription::both);
}

TEST_P(AccountContract, open_requests_are_kept_whole_in_the_order_in_which_they_came) {
    const auto id = account("alice@example.org");
    write(store::ChangeRoster{id, 0, {}, {}, {request("zoe@x", "<first/>")}, {}});
    write(store::ChangeRoster{id, 0, {}, {}, {request("bob@x", "<second/>")}, {}});
    write(store::ChangeRoster{id, 0, {}, {}, {request("zoe@x", "<third/>")}, {}});
    auto pending = load("alice@example.org").pending;
    ASSERT_EQ(pending.size(), 2U);
    EXPECT_EQ(pending[0].jid, "zoe@x");
    EXPECT_EQ(pending[0].stanza, "<third/>") << "the newest of one sender";
    EXPECT_EQ(pending[0].received_at, now);
    EXPECT_EQ(pending[1].stanza, "<second/>");
    write(store::ChangeRoster{id, 1, {}, {}, {}, {"zoe@x"}});
    pending = load("alice@example.org").pending;
    ASSERT_EQ(pending.size(), 1U);
    EXPECT_EQ(pending[0].jid, "bob@x");
}

INSTANTIATE_TEST_SUITE_P(
    Media,
    AccountContract,
    ::testing::Values(Medium::memory, Medium::file, Medium::killed, Medium::power),
    ::testing::PrintToStringParamName()
);

}  // namespace
}  // namespace sallyport::test
