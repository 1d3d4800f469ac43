#include "pack/pack.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "base/file.h"
#include "pack/signature.h"

namespace beltwarden::pack {
namespace {

namespace fs = std::filesystem;

class PackFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    root_ = fs::temp_directory_path() / ("beltwarden_pack_" + std::to_string(::getpid()) + info->name());
    fs::remove_all(root_);
    folder_ = root_ / "pack";
    fs::create_directories(folder_ / "models");
    fs::copy_file(fs::path(BELTWARDEN_PACKS) / "iron-ore/pack.toml", folder_ / "pack.toml");
    put("models/brand_regression.bin", "bytes of a model");
    key_ = make_key().value();
  }
  void TearDown() override { fs::remove_all(root_); }

  void put(const std::string& name, const std::string& bytes) {
    ASSERT_TRUE(write_file_atomically(folder_ / name, bytes).ok());
  }
  std::string refused(const std::vector<PublicKey>& trusted) const {
    const auto pack = load(folder_, trusted);
    return pack ? "accepted" : pack.error().message.substr(pack.error().message.find(": ") + 2);
  }

  fs::path root_, folder_;
  SecretKey key_;
};

TEST(Pack, TheShippedOneHangsTogether) {
  const auto pack = read(fs::path(BELTWARDEN_PACKS) / "iron-ore").value();
  EXPECT_EQ(pack.name, "iron-ore");
  EXPECT_EQ(pack.brands.size(), 6u);
  EXPECT_EQ(pack.required_models.size(), 6u);
  EXPECT_EQ(pack.title.zh, "铁矿石");
  ASSERT_NE(pack.brand("Karstad fines"), nullptr);
  EXPECT_EQ(pack.brand("Karstad fines")->declared.at("Fe").low, 61);
  EXPECT_EQ(pack.vocabulary.at("slag").zh, "冶炼渣");
  for (const auto& limit : pack.limits) {
    EXPECT_FALSE(limit.source.empty()) << limit.quantity;
    EXPECT_TRUE(!limit.verified || limit.source.find("example") == std::string::npos) << limit.source;
  }
}

TEST(Pack, ErrorsNameFileLineAndField) {
  const auto text = read_file(fs::path(BELTWARDEN_PACKS) / "iron-ore/pack.toml", 1 << 20).value();
  const auto error_with = [&](const std::string& from, const std::string& to) {
    auto changed = text;
    changed.replace(changed.find(from), from.size(), to);
    const auto pack = parse(changed, "pack.toml");
    return pack ? "accepted" : pack.error().message;
  };
  const auto line_of = [&](const std::string& part) { return std::to_string(1 + std::count(text.begin(), text.begin() + text.find(part), '\n')); };
  EXPECT_EQ(error_with("high = 0.15", "high = \"much\""), "pack.toml:" + line_of("high = 0.15") + ": 'high' should be a number");
  EXPECT_EQ(error_with("high = 0.15", "hihg = 0.15"), "pack.toml:" + line_of("[[limit]]") + ": 'high' is missing");
  EXPECT_EQ(error_with("data = \"synthetic\"", "data = \"true\""),
            "pack.toml:1: 'data' should be real, semi-synthetic or synthetic, found 'true'");
  EXPECT_EQ(error_with("Fe = [61, 63.5]", "Fe = [63.5, 61]"),
            "pack.toml:" + line_of("Fe = [61, 63.5]") + ": 'Fe' of brand 'Karstad fines': expected [low, high] in %");
  EXPECT_NE(error_with("name = \"Morrow Creek fines\"", "name = \"Karstad fines\"").find("is there twice"), std::string::npos);
  EXPECT_NE(error_with("brand = \"Karstad fines\"", "brand = \"Nowhere\"").find("which the pack does not have"), std::string::npos);
  EXPECT_FALSE(parse("this is no toml", "x").ok());
  EXPECT_FALSE(parse("", "x").ok());
}

TEST_F(PackFolder, SignedAndLoaded) {
  ASSERT_TRUE(sign(folder_, key_).ok());
  const auto pack = load(folder_, {key_.public_key()}).value();
  EXPECT_EQ(pack.models.at("brand_regression"), "bytes of a model");
  EXPECT_EQ(pack.signed_by, to_hex(key_.public_key()));
  EXPECT_EQ(pack.stamp(), "iron-ore@0.1.0#" + pack.digest.substr(0, 12));
  const auto digest = pack.digest;
  put("models/brand_regression.bin", "other bytes");
  ASSERT_TRUE(sign(folder_, key_).ok());
  EXPECT_NE(load(folder_, {key_.public_key()}).value().digest, digest);
}

TEST_F(PackFolder, WhateverIsChangedIsRefused) {
  const std::vector<PublicKey> trusted{key_.public_key()};
  EXPECT_EQ(refused(trusted), "it is not signed (no pack.sig)");
  ASSERT_TRUE(sign(folder_, key_).ok());
  EXPECT_EQ(refused(trusted), "accepted");
  EXPECT_EQ(refused({}), "signed by key " + to_hex(key_.public_key()).substr(0, 16) + "..., which is not trusted here");

  put("models/brand_regression.bin", "bytes of a modem");
  EXPECT_EQ(refused(trusted), "models/brand_regression.bin is not as it was signed");
  put("models/brand_regression.bin", "bytes of a model");
  put("models/extra.bin", "x");
  EXPECT_EQ(refused(trusted), "models/extra.bin was not signed");
  fs::remove(folder_ / "models/extra.bin");
  fs::remove(folder_ / "models/brand_regression.bin");
  EXPECT_EQ(refused(trusted), "models/brand_regression.bin was signed and is missing");
  put("models/brand_regression.bin", "bytes of a model");
  EXPECT_EQ(refused(trusted), "accepted");

  auto signature = read_file(folder_ / "pack.sig", 1 << 16).value();
  for (std::size_t at = 0; at < signature.size(); at += 7) {
    auto bad = signature;
    bad[at] = bad[at] == 'a' ? 'b' : 'a';
    put("pack.sig", bad);
    EXPECT_NE(refused(trusted), "accepted") << at;
  }
  for (std::size_t cut = 0; cut < signature.size(); cut += 11) {
    put("pack.sig", signature.substr(0, cut));
    EXPECT_NE(refused(trusted), "accepted") << cut;
  }
}

TEST_F(PackFolder, HoldsNothingButItsFiles) {
  fs::create_symlink("/etc/hostname", folder_ / "models/link.bin");
  EXPECT_NE(refused({}).find("is not a plain file"), std::string::npos);
  fs::remove(folder_ / "models/link.bin");
  put("run.sh", "x");
  EXPECT_NE(refused({}).find("unexpected 'run.sh'"), std::string::npos);
  EXPECT_EQ(read(root_ / "none").error().code, ErrorCode::kNotFound);
}

TEST_F(PackFolder, KeysAreTheirOwnersAlone) {
  const auto path = root_ / "key";
  ASSERT_TRUE(write_key(path, key_).ok());
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  EXPECT_EQ(read_key(path).value().bytes, key_.bytes);
  EXPECT_EQ(write_key(path, key_).error().code, ErrorCode::kConflict);
  ::chmod(path.c_str(), 0644);
  EXPECT_EQ(read_key(path).error().code, ErrorCode::kDenied);
  ::chmod(path.c_str(), 0600);
  auto text = read_file(path, 4096).value();
  text[40] = text[40] == '0' ? '1' : '0';
  ASSERT_TRUE(write_file_atomically(root_ / "bad", text).ok());
  ::chmod((root_ / "bad").c_str(), 0600);
  EXPECT_EQ(read_key(root_ / "bad").error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(public_key_from_hex(to_hex(key_.public_key())).value(), key_.public_key());
  EXPECT_FALSE(public_key_from_hex("zz").ok());
}

}  // namespace
}  // namespace beltwarden::pack
