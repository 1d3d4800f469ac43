#include "apps/lab/vision/vision_commands.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "apps/lab/vision/picture_folder.h"
#include "science/vision/brand_networks.h"
#include "science/vision/test_pictures.h"

namespace beltwarden::lab {
namespace {

namespace fs = std::filesystem;

int run(const std::string& arguments) {
  std::istringstream words(arguments);
  cli::Command app("");
  int exit_code = 0;
  add_vision_commands(app, exit_code);
  const int said = app.parse({std::istream_iterator<std::string>(words), {}});
  return said != 0 ? said : exit_code;
}

void save(const fs::path& path, vision::testing::Picture made) {
  ASSERT_TRUE(write_picture(path.string(), {made.width, made.height, std::move(made.bgr)}));
}

std::vector<std::string> lines(const fs::path& path) {
  std::ifstream file(path);
  std::vector<std::string> out;
  for (std::string line; std::getline(file, line);) out.push_back(line);
  return out;
}

// A small brand, fitted once: twelve clean frames, crops of two classes.
class VisionCommands : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = fs::temp_directory_path() / "beltwarden_vision_commands_test";
    fs::remove_all(folder_);
    for (const char* part : {"clean", "crops", "frames", "sequence"}) fs::create_directories(folder_ / part);
    for (std::uint64_t i = 0; i < 12; ++i) {
      save(folder_ / "clean" / ("c" + std::to_string(10 + i) + ".png"), vision::testing::ore(160, 160, 10, i));
    }
    std::ofstream labels(folder_ / "crops" / "labels.csv");
    labels << "crop,class,set\n";
    for (std::uint64_t i = 0; i < 24; ++i) {
      auto crop = vision::testing::ore(96, 96, 10, 100 + i);
      const bool plate = i % 2 == 0;
      const double turn = 15.0 * static_cast<double>(i);
      if (plate) vision::testing::lay_bar(crop, 48, 48, 40, 30, turn, 200, 205, 210, 0.02, i);
      else vision::testing::lay_bar(crop, 48, 48, 60, 10, turn, 40, 90, 170, 0.08, i);
      const std::string name = "crop" + std::to_string(10 + i) + ".png";
      save(folder_ / "crops" / name, crop);
      labels << name << "," << (plate ? "metal" : "wood") << ",train\n";
    }
    labels.close();
    auto with = vision::testing::ore(160, 160, 10, 70);
    vision::testing::lay_bar(with, 90, 70, 50, 24, 20, 220, 215, 210, 0.02, 1);
    save(folder_ / "frames" / "with.png", with);
    save(folder_ / "frames" / "without.png", vision::testing::ore(160, 160, 10, 71));
    // Twelve frames of a belt that moves 16 px a frame, with a plate on it.
    auto belt = vision::testing::ore(160, 400, 10, 72);
    vision::testing::lay_bar(belt, 80, 200, 44, 30, 30, 220, 215, 210, 0.02, 1);
    for (int i = 0; i < 12; ++i) {
      vision::testing::Picture frame{160, 160, {}};
      const std::ptrdiff_t row = 3 * 160, top = 220 - 16 * i;
      frame.bgr.assign(belt.bgr.begin() + top * row, belt.bgr.begin() + (top + 160) * row);
      save(folder_ / "sequence" / ("f" + std::to_string(10 + i) + ".png"), frame);
    }
    fitted_ = run("vision fit --clean " + at("clean") + " --mm-per-pixel 2 --crops " + at("crops") +
                  " --steps 30 --out " + at("model"));
  }
  static void TearDownTestSuite() { fs::remove_all(folder_); }
  static std::string at(const std::string& name) { return (folder_ / name).string(); }

  static inline fs::path folder_;
  static inline int fitted_ = -1;
};

TEST_F(VisionCommands, DetectWritesTheContractedColumns) {
  ASSERT_EQ(fitted_, 0);
  ASSERT_EQ(run("vision detect --model " + at("model") + " --frames " + at("frames") + " --out " + at("d.csv") +
                " --all --scores " + at("s.csv") + " --overlay " + at("overlay")), 0);
  const auto rows = lines(at("d.csv"));
  ASSERT_GE(rows.size(), 2u);
  EXPECT_EQ(rows[0], "frame,x,y,w,h,score,class,confidence");
  EXPECT_TRUE(rows[1].starts_with("with.png,"));
  const auto scores = lines(at("s.csv"));
  ASSERT_EQ(scores.size(), 3u);
  EXPECT_EQ(scores[0], "frame,score");
  const auto number = [](const std::string& line) { return std::stod(line.substr(line.find(',') + 1)); };
  EXPECT_GT(number(scores[1]), number(scores[2]));
  EXPECT_TRUE(fs::exists(folder_ / "overlay" / "with.png"));
}

TEST_F(VisionCommands, TheSameFramesGiveTheSameBytes) {
  ASSERT_EQ(fitted_, 0);
  for (const char* name : {"a.csv", "b.csv"}) {
    ASSERT_EQ(run("vision detect --model " + at("model") + " --frames " + at("frames") + " --out " + at(name) + " --all"), 0);
  }
  EXPECT_EQ(lines(at("a.csv")), lines(at("b.csv")));
}

TEST_F(VisionCommands, TrackFindsThePlateOnceAndReadsTheBeltsMovement) {
  ASSERT_EQ(fitted_, 0);
  ASSERT_EQ(run("vision track --model " + at("model") + " --frames " + at("sequence") + " --px-per-frame auto --out " +
                at("t.csv")), 0);
  const auto rows = lines(at("t.csv"));
  ASSERT_GE(rows.size(), 1u);
  EXPECT_EQ(rows[0], "event,class,confidence,first_frame,last_frame,best_frame,x,y,w,h,length_mm");
}

TEST_F(VisionCommands, ClassifyKnowsItsOwnCrops) {
  ASSERT_EQ(fitted_, 0);
  ASSERT_EQ(run("vision classify --model " + at("model") + " --crops " + at("crops") + " --out " + at("c.csv")), 0);
  const auto rows = lines(at("c.csv"));
  ASSERT_EQ(rows.size(), 25u);
  EXPECT_EQ(rows[0], "crop,class,confidence");
  int right = 0;
  for (std::size_t i = 0; i < 24; ++i) right += rows[i + 1].find(i % 2 == 0 ? ",metal," : ",wood,") != std::string::npos;
  EXPECT_GE(right, 18);
}

TEST_F(VisionCommands, VerdictsAddAClassAndSilenceAFalseAlarm) {
  ASSERT_EQ(fitted_, 0);
  std::ofstream verdicts(folder_ / "verdicts.csv");
  verdicts << "picture,x,y,w,h,verdict,officer\n";
  ASSERT_EQ(run("vision detect --model " + at("model") + " --frames " + at("frames") + " --out " + at("d3.csv") + " --all"), 0);
  // The strongest box of the frame with the plate: an officer says that it is ore.
  std::istringstream row(lines(at("d3.csv")).at(1));
  std::string frame, x, y, w, h;
  for (std::string* field : {&frame, &x, &y, &w, &h}) std::getline(row, *field, ',');
  ASSERT_EQ(frame, "with.png");
  verdicts << "frames/with.png," << x << "," << y << "," << w << "," << h << ",ore,officer7\n";
  for (int i = 0; i < 20; ++i) verdicts << "clean/c" << 10 + i % 12 << ".png,60,60,40,40,slag,officer7\n";
  verdicts.close();
  ASSERT_EQ(run("vision fit --resume " + at("model") + " --verdicts " + at("verdicts.csv") + " --out " + at("model2")), 0);
  const auto best = [&](const std::string& model) {
    EXPECT_EQ(run("vision detect --model " + at(model) + " --frames " + at("frames") + " --out " + at("d2.csv") +
                  " --scores " + at("s2.csv") + " --all"), 0);
    const auto scores = lines(at("s2.csv"));
    return std::stod(scores[1].substr(scores[1].find(',') + 1));
  };
  EXPECT_LT(best("model2"), best("model") - 0.5);
  ASSERT_EQ(run("vision classify --model " + at("model2") + " --crops " + at("crops") + " --out " + at("c2.csv")), 0);
}

TEST_F(VisionCommands, InstallPutsNetworksOfSeveralBrandsIntoAPack) {
  const fs::path pack = folder_ / "pack";
  fs::create_directories(pack);
  const std::string to = " --pack " + pack.string();
  EXPECT_EQ(run("vision install --model " + at("model") + " --brand Lump" + to), 1);   // no pack.toml
  std::ofstream(pack / "pack.toml") << "name = \"test\"\n";
  EXPECT_EQ(run("vision install --model " + at("model") + " --brand Lump" + to), 0);
  EXPECT_EQ(run("vision install --model " + at("model") + " --brand Fines" + to), 0);
  std::ifstream file(pack / "models" / "belt_network.bin", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const auto networks = vision::brand_networks_from_bytes(bytes, "test");
  ASSERT_TRUE(networks) << networks.error().message;
  EXPECT_EQ(networks->size(), 2u);
  EXPECT_TRUE(networks->contains("Fines"));
}

TEST_F(VisionCommands, ErrorsNameWhatIsWrong) {
  EXPECT_EQ(run("vision fit --mm-per-pixel 2 --out " + at("m")), 2);
  EXPECT_EQ(run("vision fit --clean " + at("nothing") + " --mm-per-pixel 2 --out " + at("m")), 1);
  EXPECT_EQ(run("vision detect --model " + at("crops/labels.csv") + " --frames " + at("frames") + " --out -"), 1);
  EXPECT_EQ(run("vision track --model " + at("model") + " --frames " + at("sequence") + " --px-per-frame fast --out -"), 1);
}

}  // namespace
}  // namespace beltwarden::lab
