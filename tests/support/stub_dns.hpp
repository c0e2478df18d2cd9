// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "gateway/net/srv_targets.hpp"

namespace sallyport::test {

/// What the stub says to one question.
struct DnsReply {
    enum class Kind {
        records,  ///< none of them: NOERROR and nothing (NODATA)
        nxdomain,
        servfail,
        truncated,  ///< over UDP; over TCP the records
        garbage,    ///< an answer whose record is cut off
        foreign,    ///< an answer with another id: as somebody else would guess it
        silence
    };
    Kind kind = Kind::records;
    std::vector<net::SrvRecord> srv;

    DnsReply(Kind what, std::vector<net::SrvRecord> records = {})  // NOLINT: says itself
        : kind(what), srv(std::move(records)) {}
};

/// A name server on loopback, over UDP and TCP at one port, that knows SRV records alone and keeps
/// what it was asked. It lives in the loop of the test.
class StubDns {
  public:
    /// `answer`: by the name that was asked for.
    StubDns(boost::asio::io_context& io, std::function<DnsReply(const std::string&)> answer);
    ~StubDns();
    std::string address() const;  ///< "127.0.0.1:PORT"
    /// "udp NAME" or "tcp NAME", in their order.
    const std::vector<std::string>& questions() const;

  private:
    struct State;
    std::shared_ptr<State> state_;  ///< shared with pending reads
};

}  // namespace sallyport::test
