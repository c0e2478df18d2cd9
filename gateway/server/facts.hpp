// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "gateway/server/service.hpp"

namespace sallyport::server {

/// Small questions about the server and its accounts: ping (XEP-0199), version (XEP-0092), time
/// (XEP-0202) and last activity (XEP-0012).
class Facts final : public Service {
  public:
    /// `hub` outlives it.
    explicit Facts(Hub& hub);
    std::vector<Row> rows() override;
    std::uint32_t hooks() const override { return Hook::unavailable; }
    /// Remembers when the last resource of an account left.
    void on_unavailable(Session& session) override;

  private:
    Handled version(Request& request);
    Handled time(Request& request);
    Handled uptime(Request& request);
    Handled last_seen(Request& request);

    Hub& hub_;
    std::chrono::steady_clock::time_point started_;
};

}  // namespace sallyport::server
