"""Small sets in the files that the real ones were published in."""

import numpy as np
from image_files import picture

BATCHES = ("data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch")


def cifar_images(count, seed):
    """Labels, (s,), all ten of them in turn, and images, (s, 3, 32, 32)."""
    images = np.random.default_rng(seed).integers(0, 256, (count, 3, 32, 32), np.uint8)
    return np.arange(count, dtype=np.uint8) % 10, images


def write_cifar(folder, each=20):
    """`cifar-10-batches-bin` or `cifar-10-batches-py`, by the name of the folder."""
    folder.mkdir(parents=True)
    for seed, name in enumerate(BATCHES):
        labels, images = cifar_images(each, seed)
        if folder.name.endswith("bin"):
            (folder / f"{name}.bin").write_bytes(cifar_records(labels, images))
        else:
            (folder / name).write_bytes(cifar_pickle(labels, images))
    (folder / "readme.html").write_text("<html>")


def cifar_records(labels, images):
    return np.concatenate([labels[:, None], images.reshape(len(images), -1)], 1).tobytes()


def cifar_pickle(labels, images):
    """What Python 2 wrote: a dict of a list and an array, with byte strings for keys."""
    parts = (
        (b"batch_label", short(b"training batch 1 of 5")),
        (b"labels", b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"),
        (b"data", pickled_array(images.reshape(len(images), -1))),
        (b"filenames", b"](" + b"".join(short(b"%d.png" % i) for i in range(len(labels))) + b"e"),
    )
    return b"\x80\x02}(" + b"".join(short(key) + value for key, value in parts) + b"u."


def pickled_array(array, kind=b"u1"):
    shape = b"".join(whole(size) for size in array.shape)
    dtype = b"cnumpy\ndtype\n" + short(kind) + b"K\x00K\x01\x87R(K\x03U\x01|NNN" + whole(-1) * 2 + b"K\x00tb"
    raw = array.tobytes()
    start = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01"
    return start + shape + b"\x86" + dtype + b"\x89T" + len(raw).to_bytes(4, "little") + raw + b"tb"


def short(text):
    return b"U" + bytes([len(text)]) + text


def whole(number):
    return b"J" + number.to_bytes(4, "little", signed=True)


def write_wnids(folder, wnids, each, first=0, inside=""):
    """`WNID/*.JPEG`, or `WNID/images/*.JPEG`."""
    for label, wnid in enumerate(wnids):
        (folder / wnid / inside).mkdir(parents=True, exist_ok=True)
        for i in range(first, first + each):
            picture(label, i).save(folder / wnid / inside / f"{wnid}_{i}.JPEG", "JPEG")


def write_tiny_imagenet(folder, wnids, each, tested):
    """Training images in folders of their classes; those for validation in a list."""
    write_wnids(folder / "train", wnids, each, inside="images")
    for wnid in wnids:
        (folder / "train" / wnid / f"{wnid}_boxes.txt").write_text(f"{wnid}_0.JPEG\t0\t0\t9\t9\n")
    (folder / "val" / "images").mkdir(parents=True)
    (folder / "test" / "images").mkdir(parents=True)
    lines = []
    for i in range(tested):
        # in another order than that of the names
        label, name = (5 * i + 1) % len(wnids), f"val_{tested - i}.JPEG"
        picture(label, 1000 + i).save(folder / "val" / "images" / name, "JPEG")
        lines.append(f"{name}\t{wnids[label]}\t0\t1\t10\t11\n")
    (folder / "val" / "val_annotations.txt").write_text("".join(lines))


def write_reviews(folder, texts):
    """`aclImdb`: texts by half and opinion, such as {"train/neg": [...]}, in files 0_1.txt, 1_1.txt, ..."""
    for place, found in texts.items():
        (folder / place).mkdir(parents=True, exist_ok=True)
        for i, text in enumerate(found):
            (folder / place / f"{i}_1.txt").write_bytes(text.encode())
