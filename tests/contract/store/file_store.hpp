// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/contract/store/store_contract.hpp"

/// Work for a store on a file, for tests of what befalls the file.
namespace sallyport::test {

inline store::TakeOutbound message(const std::string& id) {
    store::TakeOutbound op;
    op.message.id.text = id;
    op.message.transport = "sms.example.org";
    op.message.user = "alice@example.org";
    op.message.own = "+15550001111";
    op.message.peer = "peer of " + id;
    op.message.stanza_id = id;
    op.message.wants_receipt = true;
    op.message.payload = std::string(200, 'x');
    op.message.deadline = start_of_time + std::chrono::hours(24);
    op.guard = id;
    op.start = "primary";
    op.now = start_of_time;
    return op;
}

inline store::RecordOutcome news(const std::string& id, port::DeliveryState state) {
    store::RecordOutcome op;
    op.transport = "sms.example.org";
    op.outcome.id = port::OutId{id};
    op.outcome.state = state;
    op.outcome.refs = {port::MessageRef("primary", "ref of " + id)};
    op.now = start_of_time;
    return op;
}

inline store::AcceptInbound text(const std::string& id) {
    store::AcceptInbound op;
    op.row.id = id;
    op.row.transport = "sms.example.org";
    op.row.user = "alice@example.org";
    op.row.payload = "text";
    op.dedupe = id;
    op.now = start_of_time;
    return op;
}

inline Result<std::unique_ptr<store::Store>> open_at(
    const std::string& path, Owner& owner, const std::string& vfs = ""
) {
    store::OpenOptions options;
    options.path = path;
    options.vfs = vfs;
    options.probe_every = std::chrono::milliseconds(1);
    return store::open_sqlite(options, owner.post());
}

}  // namespace sallyport::test
