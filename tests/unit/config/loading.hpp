// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "config/loader.hpp"
#include "tests/support/temp_folder.hpp"

namespace sallyport::config {

using test::read_all;
using test::TempFolder;

inline constexpr std::string_view main_text = R"(version: 1
data: data
admins: [ops@example.org]
hosts:
  main: {address: "127.0.0.1:5347", vhosts: [example.org]}
http:
  public: {listen: "127.0.0.1:8080", url: "https://gw.example.org/"}
)";

inline constexpr std::string_view sms_text = R"(transport: sms
domain: sms.example.org
host: main
secret: s3cret
countries: [US, "NO"]
region: NO
assign: {"+15550001111": alice@example.org}
limits: {user: off, segments: 4}
providers:
  - name: primary
    type: twilio
    credentials: {account_sid: AC1, auth_token: tok}
    numbers: ["+15550001111", "+15550002222"]
    limits: {per_number: 5/s, ttl: off}
)";

inline std::string with(std::string_view text, std::string_view from, std::string_view to) {
    std::string copy(text);
    auto at = copy.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return copy.replace(at, from.size(), to);
}

/// Two files in a folder, loaded.
class Loading {
  public:
    LoadResult load_texts(std::string_view main, std::string_view sms) {
        folder_.write("transports/sms.yaml", sms);
        return load(folder_.write("sallyport.yaml", main));
    }
    /// The mistakes, without the folder's name.
    std::string mistakes(std::string_view main, std::string_view sms) {
        return lines(load_texts(main, sms).mistakes);
    }
    std::string lines(const std::vector<Mistake>& list) {
        std::string text;
        for (const Mistake& mistake : list) text += mistake.to_string() + "\n";
        std::string prefix = folder_.path().string() + "/";
        for (std::size_t at; (at = text.find(prefix)) != std::string::npos;)
            text.erase(at, prefix.size());
        return text;
    }
    const TempFolder& folder() const { return folder_; }

  private:
    TempFolder folder_;
};

}  // namespace sallyport::config
