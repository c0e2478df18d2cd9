// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "tests/support/core_world.hpp"
#include "xmpp/core/namespaces.hpp"

namespace sallyport::test {

using port::DeliveryState;
using port::Failure;
using port::Outcome;
using port::Reason;
using xmpp::Condition;
using xmpp::Stanza;
using xmpp::StanzaType;
namespace ns = xmpp::ns;

/// A world in which alice has a number and her phone is online.
struct DeliveryTest : ::testing::Test {
    CoreWorld world;

    DeliveryTest() {
        world.add_account(alice, "+15550001111");
        world.transport.own_addresses = {"+15550001111"};
        world.link_up();
        world.receive(presence(StanzaType::available, gate, phone));
        world.settle();
        world.take();
    }

    void say(std::string_view body, std::string_view id = "m1") {
        Stanza stanza = chat(bob_number, body, id);
        stanza.element().add("request", ns::receipts);
        world.receive(stanza);
        world.settle();
    }
    FakeTransport::Submission& last() { return world.transport.submitted.back(); }
    void end_attempt(Outcome outcome) {
        const int attempt = last().attempt;
        world.core->delivery().attempted(world.domain, attempt, std::move(outcome));
        world.settle();
    }
    void accepted(std::string ref = "SM1") {
        Outcome outcome(last().id, DeliveryState::accepted);
        outcome.refs = {port::MessageRef("primary", std::move(ref))};
        end_attempt(std::move(outcome));
    }
    void failed(Reason reason, std::optional<std::chrono::milliseconds> retry_after = {}) {
        Outcome outcome(last().id, DeliveryState::failed);
        outcome.failure = Failure(reason, "the other side's words", "12345");
        outcome.failure->retry_after = retry_after;
        end_attempt(std::move(outcome));
    }
    void report(port::OutId id, DeliveryState state, std::optional<Reason> reason = {}) {
        Outcome outcome(id, state);
        if (reason) outcome.failure = Failure(*reason);
        world.core->delivery().report(
            world.domain, std::move(outcome), [](const Result<port::Accepted>&) {}
        );
        world.settle();
    }
    void say_to_bob() {
        Stanza stanza = chat("+15550002222@sms.example.org", "hi bob");
        stanza.element().add("request", ns::receipts);
        world.receive(stanza);
        world.settle();
    }
    void receipt_from(std::string_view who, std::string_view id) {
        Stanza receipt =
            Stanza::message(StanzaType::chat, jid(who), jid("+15550001111@sms.example.org"), "r1");
        receipt.element().add("received", ns::receipts).set("id", id);
        world.receive(receipt);
        world.settle();
    }
    std::uint64_t counted(core::Ledger::Result result) {
        return world.core->ledger().value(world.domain.name, result);
    }
    void expect_balance(std::uint64_t open) {
        EXPECT_EQ(world.core->ledger().open(world.domain.name), open);
    }
};

}  // namespace sallyport::test
