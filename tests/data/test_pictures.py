import numpy as np
import pytest
from PIL import Image

from tfgan_suite.data.pictures import read_header, read_picture

RNG = np.random.default_rng(0)
COLOURS = RNG.integers(0, 256, (6, 8, 3), np.uint8)
GREY = RNG.integers(0, 256, (6, 8), np.uint8)


def saved(tmp_path, picture, name="picture.png", **options):
    picture.save(tmp_path / name, **options)
    return tmp_path / name


@pytest.mark.parametrize("suffix", ["png", "bmp", "ppm", "tiff", "webp"])
def test_lossless_formats(tmp_path, suffix):
    options = {"lossless": True} if suffix == "webp" else {}
    path = saved(tmp_path, Image.fromarray(COLOURS), f"p.{suffix}", **options)
    np.testing.assert_array_equal(read_picture(path, None, 3), COLOURS)
    assert read_header(path) == (8, 6, False)


def test_grey_and_colour(tmp_path):
    path = saved(tmp_path, Image.fromarray(GREY))
    assert read_header(path) == (8, 6, True)
    np.testing.assert_array_equal(read_picture(path, None, 1), GREY[..., None])
    np.testing.assert_array_equal(read_picture(path, None, 3), np.stack([GREY] * 3, axis=-1))
    path = saved(tmp_path, Image.fromarray(COLOURS))
    np.testing.assert_array_equal(read_picture(path, None, 1)[..., 0], Image.fromarray(COLOURS).convert("L"))


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_16_bits(tmp_path, suffix):
    values = GREY.astype(np.uint16) * 257
    values[0, :3] = [128, 129, 65406]  # 0.498, 0.502, 254.498 of 255
    path = saved(tmp_path, Image.fromarray(values), f"p.{suffix}")
    expected = GREY.copy()
    expected[0, :3] = [0, 1, 254]
    assert read_header(path).is_grey
    np.testing.assert_array_equal(read_picture(path, None, 1)[..., 0], expected)


def test_palette(tmp_path):
    path = saved(tmp_path, Image.fromarray(COLOURS).quantize(48))  # as many colours as pixels
    assert not read_header(path).is_grey
    expected = np.asarray(Image.open(path).convert("RGB"))
    np.testing.assert_array_equal(read_picture(path, None, 3), expected)
    assert abs(expected.astype(int) - COLOURS).mean() < 8


def test_transparency_is_laid_on_white(tmp_path):
    alpha = np.full((6, 8, 1), 255, np.uint8)
    alpha[:, :4] = 0
    path = saved(tmp_path, Image.fromarray(np.concatenate([COLOURS, alpha], axis=-1)))
    image = read_picture(path, None, 3)
    np.testing.assert_array_equal(image[:, :4], np.full((6, 4, 3), 255))
    np.testing.assert_array_equal(image[:, 4:], COLOURS[:, 4:])
    flat = Image.fromarray((GREY > 128).astype(np.uint8)).convert("P")
    path = saved(tmp_path, flat, "palette.png", transparency=0)
    assert (read_picture(path, None, 3)[GREY <= 128] == 255).all()


def test_binary_and_cmyk(tmp_path):
    path = saved(tmp_path, Image.fromarray(GREY > 128))
    np.testing.assert_array_equal(read_picture(path, None, 1)[..., 0], np.where(GREY > 128, 255, 0))
    path = saved(tmp_path, Image.new("CMYK", (8, 6), (0, 255, 255, 0)), "p.tiff")
    np.testing.assert_array_equal(read_picture(path, None, 3), np.tile(np.uint8([255, 0, 0]), (6, 8, 1)))


def test_turned_upright(tmp_path):
    picture = Image.fromarray(COLOURS)
    exif = picture.getexif()
    exif[0x0112] = 6  # shown after a quarter turn to the right
    path = saved(tmp_path, picture, exif=exif)
    assert read_header(path)[:2] == (6, 8)
    np.testing.assert_array_equal(read_picture(path, None, 3), np.rot90(COLOURS, -1))


def test_first_frame_of_an_animation(tmp_path):
    frames = [Image.fromarray(np.full((6, 8), value, np.uint8)) for value in (10, 200)]
    path = saved(tmp_path, frames[0], "p.gif", save_all=True, append_images=frames[1:])
    assert read_picture(path, None, 1).max() == 10


def test_resized(tmp_path):
    path = saved(tmp_path, Image.fromarray(COLOURS))
    assert read_picture(path, 3, 3).shape == (3, 3, 3)
    np.testing.assert_array_equal(read_picture(path, 6, 3), COLOURS[:, 1:7])


def test_32_bits_are_refused(tmp_path):
    path = saved(tmp_path, Image.fromarray(GREY.astype(np.float32)), "p.tiff")
    with pytest.raises(ValueError, match="32-bit"):
        read_picture(path, None, 1)
    path = saved(tmp_path, Image.fromarray(GREY.astype(np.int32) - 300), "q.tiff")
    with pytest.raises(ValueError, match="32-bit"):
        read_picture(path, None, 1)


def test_damaged_files(tmp_path):
    path = saved(tmp_path, Image.fromarray(COLOURS).resize((80, 80)))
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(OSError, match="truncated"):
        read_picture(path, None, 3)
    (tmp_path / "text.png").write_text("not a picture")
    with pytest.raises(OSError, match="cannot identify"):
        read_header(tmp_path / "text.png")
